import { currencyDecimals } from '#lib/money/currency.ts';
import { formatMoney } from '#lib/money/format.ts';
import type { Axis } from './axis.ts';

/** Writes the ticks of an axis: without decimals, unless the steps are smaller than one unit of the currency. */
export function axisFormat(
  axis: Axis,
  currency: string,
  locale: string,
): (value: number) => string {
  const unit = 10 ** currencyDecimals(currency);
  const whole = axis.ticks.every((tick) => tick % unit === 0);
  return (value) => formatMoney(value, currency, { locale, whole });
}

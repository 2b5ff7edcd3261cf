import { currencyDecimals } from './currency.ts';

export interface MoneyStyle {
  /** A BCP 47 tag. */
  locale: string;
  /** `always` writes a plus before what is positive. */
  sign?: 'auto' | 'always';
  /** `none` leaves the currency out, as in a column that says it in its head. */
  symbol?: 'symbol' | 'none';
  /** Without decimals, as on the axis of a chart. */
  whole?: boolean;
}

const formats = new Map<string, Intl.NumberFormat>();

/** An amount of minor units as people in a locale write it: `formatMoney(125000, 'EUR', { locale: 'de' })` is `1.250,00 €`. */
export function formatMoney(amount: number, currency: string, style: MoneyStyle): string {
  // as a string, because a double cannot hold every amount of minor units once it is divided
  const value = decimalString(amount, currencyDecimals(currency)) as Intl.StringNumericLiteral;
  return withMinus(numberFormat(currency, style).format(value));
}

/** The same in pieces, so that the cents and the symbol can be set apart. */
export function moneyParts(
  amount: number,
  currency: string,
  style: MoneyStyle,
): Intl.NumberFormatPart[] {
  const value = decimalString(amount, currencyDecimals(currency)) as Intl.StringNumericLiteral;
  return numberFormat(currency, style)
    .formatToParts(value)
    .map((part) => (part.type === 'minusSign' ? { ...part, value: withMinus(part.value) } : part));
}

/** A number as people read it: with a minus as wide as the figures, where locales make do with a hyphen. */
export function withMinus(number: string): string {
  return number.replace('-', '−');
}

/** Minor units as a plain decimal number with a point: `-1250` with 2 decimals is `-12.50`. */
export function decimalString(amount: number, decimals: number): string {
  const digits = Math.abs(amount)
    .toString()
    .padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const sign = amount < 0 ? '-' : '';
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`;
}

function numberFormat(
  currency: string,
  { locale, sign = 'auto', symbol = 'symbol', whole = false }: MoneyStyle,
) {
  const key = [locale, currency, sign, symbol, whole].join();
  let format = formats.get(key);
  if (!format) {
    const digits = whole ? 0 : currencyDecimals(currency);
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      signDisplay: sign === 'always' ? 'exceptZero' : 'auto',
      ...(symbol === 'symbol'
        ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }
        : {}),
    });
    formats.set(key, format);
  }
  return format;
}

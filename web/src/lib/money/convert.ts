import { currencyDecimals } from './currency.ts';
import { maxAmount, type ParsedAmount } from './parse.ts';
import { Ratio } from './ratio.ts';

/** Whether a text is an exchange rate: a positive plain decimal with at most 18 digits, such as `1.0834`. */
export function isRate(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text) && text.replace('.', '').length <= 18 && /[1-9]/.test(text);
}

/**
 * What minor units of one currency are in minor units of another, rounded half away from zero. The rate must be one
 * that `isRate` accepts. The twin of money/src/amount/rate.rs.
 */
export function convert(amount: number, from: string, to: string, rate: string): ParsedAmount {
  const [whole = '', fraction = ''] = rate.split('.');
  const down = 10n ** BigInt(currencyDecimals(from) + fraction.length);
  const factor = Ratio.of(BigInt(whole + fraction) * 10n ** BigInt(currencyDecimals(to)), down);
  const exact = factor?.multiply(Ratio.whole(BigInt(amount)));
  const minor = exact?.round();
  const fits = minor !== undefined && minor <= BigInt(maxAmount) && minor >= -BigInt(maxAmount);
  return fits && Math.abs(amount) <= maxAmount
    ? { amount: Number(minor) }
    : { error: 'out_of_range' };
}

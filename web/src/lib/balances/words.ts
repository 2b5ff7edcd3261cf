import { locale } from '#lib/locale/locale.svelte.ts';
import { formatMoney } from '#lib/money/format.ts';
import { m } from '#lib/paraglide/messages.js';

/** What a balance means: `gets back €12.50`. */
export function netText(net: number, currency: string): string {
  if (net === 0) return m.balances_even();
  const amount = formatMoney(Math.abs(net), currency, { locale: locale.tag });
  return net > 0 ? m.balances_gets({ amount }) : m.balances_owes({ amount });
}

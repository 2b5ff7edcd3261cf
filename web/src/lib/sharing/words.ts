import type { Book } from '#lib/expenses/book.ts';
import { locale } from '#lib/locale/locale.svelte.ts';
import { formatMoney } from '#lib/money/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { called, listed } from './lines.ts';
import { nameOf } from './people.ts';
import {
  payments,
  splitBody,
  type Payer,
  type SplitDraft,
  type SplitMode,
  type Whole,
} from './sharing.ts';

export function modeName(mode: SplitMode): string {
  const names: Record<SplitMode, () => string> = {
    equal: m.sharing_mode_equal,
    shares: m.sharing_mode_shares,
    percent: m.sharing_mode_percent,
    exact: m.sharing_mode_exact,
    adjusted: m.sharing_mode_adjusted,
  };
  return names[mode]();
}

export function percentText(hundredths: number): string {
  const format = new Intl.NumberFormat(locale.tag, { style: 'percent', maximumFractionDigits: 2 });
  return format.format(hundredths / 10_000);
}

/** How it is split, in one line: `split equally between 4`. */
export function splitLine(book: Book, { mode, parts }: SplitDraft): string {
  const [first] = parts;
  if (!first) return m.sharing_for_nobody();
  if (parts.length === 1) return m.sharing_for_one({ who: called(book, first.member_id) });
  const who =
    parts.length === 2
      ? listed(parts.map(({ member_id }) => called(book, member_id)))
      : String(parts.length);
  const lines: Record<SplitMode, (inputs: { who: string }) => string> = {
    equal: m.sharing_split_equal,
    shares: m.sharing_split_shares,
    percent: m.sharing_split_percent,
    exact: m.sharing_split_exact,
    adjusted: m.sharing_split_adjusted,
  };
  return lines[mode]({ who });
}

/** Who paid, with names and sums, as a history tells it. */
export function paidText(book: Book, payers: readonly Payer[], whole: Whole): string {
  const paid = payments(payers, whole);
  return listed(
    paid.map(({ member_id, amount }) =>
      paid.length === 1
        ? nameOf(book, member_id)
        : `${nameOf(book, member_id)} ${money(amount, whole)}`,
    ),
  );
}

/** The split with names and values, as a history tells it. */
export function splitText(book: Book, split: SplitDraft, whole: Whole): string {
  const { mode, parts } = splitBody(split, whole);
  const values: Record<SplitMode, (value: number) => string> = {
    equal: () => '',
    shares: (value) => ` ${value}`,
    percent: (value) => ` ${percentText(value)}`,
    exact: (value) => ` ${money(value, whole)}`,
    adjusted: (value) => (value === 0 ? '' : ` ${money(value, whole, 'always')}`),
  };
  const who = parts.map(
    ({ member_id, value }) => nameOf(book, member_id) + values[mode](value ?? 0),
  );
  return `${modeName(mode)}: ${who.join(', ')}`;
}

function money(amount: number, { currency }: Whole, sign: 'auto' | 'always' = 'auto'): string {
  return formatMoney(amount, currency, { locale: locale.tag, sign });
}

import { currencyDecimals } from '#lib/money/currency.ts';
import { decimalString } from '#lib/money/format.ts';
import { parseAmount } from '#lib/money/parse.ts';
import {
  allocate,
  oddUnits,
  owed,
  type Share,
  type Split as MoneySplit,
  type SplitMode,
} from '#lib/money/split.ts';
import type { components } from '#lib/api/schema.ts';

export type { SplitMode } from '#lib/money/split.ts';
export type Split = components['schemas']['Split'];
export type Payment = components['schemas']['Payment'];

/** One who paid, as typed; a single payer pays it all, whatever the amount says. */
export interface Payer {
  member_id: string;
  amount: string;
}

/** Who bears an expense and how, as typed: each part's value means what the mode says. */
export interface SplitDraft {
  mode: SplitMode;
  parts: { member_id: string; value: string }[];
}

/** What is shared: an amount with its sign, if it can be read yet. */
export interface Whole {
  amount: number | undefined;
  currency: string;
  /** Refunds are typed without their minus. */
  refund: boolean;
  /** The decimal mark that people expect. */
  mark?: string;
}

/** What keeps who paid, or the split, from being sent. */
export type SharingFault =
  | { code: 'nobody' }
  /** Somebody's value cannot be read, or makes no sense. */
  | { code: 'value'; member_id: string }
  /** So much is missing to the whole, or too much where it is below zero: minor units, or hundredths of a per cent. */
  | { code: 'sum'; missing: number };

export const modes: readonly SplitMode[] = ['equal', 'shares', 'percent', 'exact', 'adjusted'];

/** In a ledger of one there is nothing to share: its expenses say nothing of it. */
export const unshared = (): { paid_by: Payer[]; split: SplitDraft } => ({
  paid_by: [],
  split: { mode: 'equal', parts: [] },
});

/** What somebody typed beside a member; nothing typed is nothing. */
export function valueOf(mode: SplitMode, text: string, whole: Whole): number | undefined {
  if (mode === 'equal') return 0;
  if (text.trim() === '') return 0;
  const unit = { shares: 'JPY', percent: 'EUR', exact: whole.currency, adjusted: whole.currency };
  const { amount } = parseAmount(text, unit[mode]);
  if (amount === undefined || mode === 'shares' || mode === 'percent')
    return amount !== undefined && amount < 0 ? undefined : amount;
  return whole.refund ? -amount + 0 : amount;
}

/** The other way round: a value as people type it. */
export function textOf(mode: SplitMode, value: number | null | undefined, whole: Whole): string {
  if (value === null || value === undefined || mode === 'equal') return '';
  if (mode === 'adjusted' && value === 0) return '';
  const decimals = { shares: 0, percent: 2, exact: undefined, adjusted: undefined }[mode];
  const shown = whole.refund && decimals === undefined ? -value : value;
  const text = decimalString(shown, decimals ?? currencyDecimals(whole.currency));
  return (mode === 'percent' ? text.replace(/\.?0+$/, '') || '0' : text).replace(
    '.',
    whole.mark ?? '.',
  );
}

/** The split as the server reads it. Whose part is nothing takes no part, where that changes nothing for the others. */
export function splitBody({ mode, parts }: SplitDraft, whole: Whole): Split {
  if (mode === 'equal') return { mode, parts: parts.map(({ member_id }) => ({ member_id })) };
  const valued = parts.map(({ member_id, value }) => ({
    member_id,
    value: valueOf(mode, value, whole) ?? 0,
  }));
  const taking = mode === 'adjusted' ? valued : valued.filter(({ value }) => value !== 0);
  return { mode, parts: taking.length > 0 ? taking : valued };
}

export function splitDraft(split: Split, whole: Whole): SplitDraft {
  return {
    mode: split.mode,
    parts: split.parts.map(({ member_id, value }) => ({
      member_id,
      value: textOf(split.mode, value, whole),
    })),
  };
}

/** Who paid, as the server reads it. */
export function payments(payers: readonly Payer[], whole: Whole): Payment[] {
  const [first, ...others] = payers;
  if (first && others.length === 0)
    return [{ member_id: first.member_id, amount: whole.amount ?? 0 }];
  return payers
    .map(({ member_id, amount }) => ({ member_id, amount: valueOf('exact', amount, whole) ?? 0 }))
    .filter(({ amount }) => amount !== 0);
}

export function payersOf(paid: readonly Payment[], whole: Whole): Payer[] {
  return paid.map(({ member_id, amount }) => ({
    member_id,
    amount: paid.length === 1 ? '' : textOf('exact', amount, whole),
  }));
}

export function payersFault(payers: readonly Payer[], whole: Whole): SharingFault | undefined {
  if (payers.length < 2 || whole.amount === undefined) return undefined;
  const sign = Math.sign(whole.amount);
  for (const { member_id, amount } of payers) {
    const value = valueOf('exact', amount, whole);
    if (value === undefined || (value !== 0 && Math.sign(value) !== sign))
      return { code: 'value', member_id };
  }
  const sum = payments(payers, whole).reduce((all, { amount }) => all + amount, 0);
  return sum === whole.amount ? undefined : { code: 'sum', missing: sign * (whole.amount - sum) };
}

export function splitFault({ mode, parts }: SplitDraft, whole: Whole): SharingFault | undefined {
  if (parts.length === 0) return { code: 'nobody' };
  const values = parts.map(({ value }) => valueOf(mode, value, whole));
  const unread = parts[values.indexOf(undefined)];
  if (unread) return { code: 'value', member_id: unread.member_id };
  const sum = values.reduce((all: number, value) => all + (value ?? 0), 0);
  if (mode === 'shares') return sum === 0 ? { code: 'nobody' } : undefined;
  if (mode === 'percent')
    return sum === 10_000 ? undefined : { code: 'sum', missing: 10_000 - sum };
  if (mode !== 'exact' || whole.amount === undefined || sum === whole.amount) return undefined;
  return { code: 'sum', missing: (whole.refund ? -1 : 1) * (whole.amount - sum) };
}

/** Who bears how much, to the last unit, once that can be told. `seed` is the expense's id, which draws the lots. */
export interface Borne {
  shares: ReadonlyMap<string, number>;
  /** Who gets a unit that is left over. */
  odd: readonly string[];
}

export function borne(
  split: SplitDraft,
  whole: Whole,
  ledgerAmount: number,
  seed: string,
): Borne | undefined {
  if (whole.amount === undefined || splitFault(split, whole)) return undefined;
  const body = splitBody(split, whole) as MoneySplit;
  const { shares } = owed(body, ledgerAmount, whole.amount, seed);
  if (!shares) return undefined;
  return {
    shares: new Map(shares.map(({ member_id, share }) => [member_id, share])),
    odd: oddUnits(body, ledgerAmount, whole.amount, seed),
  };
}

/** The shares of an expense that the server has not answered yet. */
export function sharesOf(
  split: Split,
  paid_by: readonly Payment[],
  amount: number,
  ledgerAmount: number,
  seed: string,
): components['schemas']['Share'][] {
  const by = paid_by.map((one) => ({ member_id: one.member_id, weight: one.amount }));
  const paid = sums(allocate(ledgerAmount, by, seed).shares);
  const borne = sums(owed(split as MoneySplit, ledgerAmount, amount, seed).shares);
  return [...new Set([...paid.keys(), ...borne.keys()])].map((member_id) => ({
    member_id,
    paid: paid.get(member_id) ?? 0,
    owed: borne.get(member_id) ?? 0,
  }));
}

function sums(shares: Share[] = []): Map<string, number> {
  return new Map(shares.map(({ member_id, share }) => [member_id, share]));
}

/** The same people under another mode, beginning from what they bear now. */
export function inMode(split: SplitDraft, mode: SplitMode, whole: Whole, seed: string): SplitDraft {
  const people = split.parts.map(({ member_id }) => member_id);
  const even = people.map((member_id) => ({ member_id, weight: 1 }));
  const now = whole.amount === undefined ? undefined : borne(split, whole, whole.amount, seed);
  // what is equal is so before it is rounded to cents
  const weightOf = (id: string) => (split.mode === 'equal' ? 1 : (now?.shares.get(id) ?? 1));
  const values: Record<SplitMode, () => ReadonlyMap<string, number>> = {
    equal: () => new Map(),
    adjusted: () => new Map(),
    shares: () => new Map(people.map((id) => [id, 1])),
    percent: () => {
      const by = people.map((id) => ({ member_id: id, weight: weightOf(id) }));
      const parts = sums(allocate(10_000, by, seed).shares);
      return [...parts.values()].some((value) => value < 0) || parts.size === 0
        ? sums(allocate(10_000, even, seed).shares)
        : parts;
    },
    exact: () => now?.shares ?? new Map(),
  };
  const given = values[mode]();
  return {
    mode,
    parts: people.map((id) => ({ member_id: id, value: textOf(mode, given.get(id), whole) })),
  };
}

/** Hands what is missing to those who have nothing yet, or to everybody; what is too much is taken from everybody. */
export function shareOut(split: SplitDraft, whole: Whole, seed: string): SplitDraft {
  const { mode, parts } = split;
  const total = mode === 'percent' ? 10_000 : whole.amount;
  if (total === undefined || parts.length === 0) return split;
  const values = parts.map(({ value }) => valueOf(mode, value, whole) ?? 0);
  const missing = total - values.reduce((all, value) => all + value, 0);
  const empty = parts.filter((_, at) => values[at] === 0);
  const among = empty.length > 0 && Math.sign(missing) === Math.sign(total) ? empty : parts;
  const even = among.map(({ member_id }) => ({ member_id, weight: 1 }));
  const more = sums(allocate(missing, even, seed).shares);
  return {
    mode,
    parts: parts.map(({ member_id }, at) => ({
      member_id,
      value: textOf(mode, (values[at] ?? 0) + (more.get(member_id) ?? 0), whole),
    })),
  };
}

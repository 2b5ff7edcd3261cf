import { currencyDecimals } from '#lib/money/currency.ts';
import { decimalString } from '#lib/money/format.ts';
import { isRate } from '#lib/money/convert.ts';
import { parseAmount, type AmountError } from '#lib/money/parse.ts';
import { samePayers, sameSplit } from '#lib/sharing/same.ts';
import {
  payersFault,
  payersOf,
  payments,
  splitBody,
  splitDraft,
  splitFault,
  unshared,
  type Payer,
  type SharingFault,
  type SplitDraft,
  type Whole,
} from '#lib/sharing/sharing.ts';
import type { Expense, ExpenseBody, Ledger } from './types.ts';

/** What an expense is to the one who enters it: a refund is an expense below zero, but nobody types a minus. */
export type Type = 'expense' | 'refund' | 'income' | 'settlement';

/** An expense while it is being written: as typed. */
export interface Draft {
  type: Type;
  amount: string;
  currency: string;
  /** What one unit of `currency` is worth in the ledger's, where they differ. */
  rate: string;
  payee: string;
  category_id: string | null;
  tags: string[];
  spent_on: string;
  note: string;
  /** Nobody where the ledger has one member only: then neither this nor the split is sent. */
  paid_by: Payer[];
  split: SplitDraft;
}

export type DraftField =
  'amount' | 'rate' | 'payee' | 'category_id' | 'tags' | 'spent_on' | 'note' | 'paid_by' | 'split';

/** What keeps a draft from being sent, by field. */
export type Faults = Partial<
  Record<DraftField, AmountError | 'zero' | 'rate' | 'self' | SharingFault['code']>
>;

export function emptyDraft(
  ledger: Pick<Ledger, 'currency'>,
  spent_on: string,
  sharing = unshared(),
): Draft {
  return {
    ...sharing,
    type: 'expense',
    amount: '',
    currency: ledger.currency,
    rate: '',
    payee: '',
    category_id: null,
    tags: [],
    spent_on,
    note: '',
  };
}

/** The draft of an expense that is there already; `mark` is the decimal mark that people expect. */
export function draftOf(expense: Expense, mark = '.'): Draft {
  const { kind, amount, currency } = expense;
  const refund = kind === 'expense' && amount < 0;
  const text = decimalString(refund ? -amount : amount, currencyDecimals(currency));
  const whole = { amount, currency, refund, mark };
  return {
    type: refund ? 'refund' : kind,
    amount: text.replace('.', mark),
    currency,
    rate: expense.rate ?? '',
    payee: expense.payee,
    category_id: expense.category_id,
    tags: [...expense.tags],
    spent_on: expense.spent_on,
    note: expense.note,
    paid_by: payersOf(expense.paid_by, whole),
    split: splitDraft(expense.split, whole),
  };
}

/** What is shared in a draft. */
export function wholeOf(draft: Draft, mark = '.'): Whole {
  const { type, currency } = draft;
  return { amount: amountOf(draft), currency, refund: type === 'refund', mark };
}

/** The amount of a draft in minor units with its sign, where it can be read. */
export function amountOf({ type, amount, currency }: Draft): number | undefined {
  const parsed = parseAmount(amount, currency).amount;
  return parsed !== undefined && type === 'refund' ? -Math.abs(parsed) : parsed;
}

/** What can be told to be wrong without asking the server. */
export function faultsOf(draft: Draft, ledger: Pick<Ledger, 'currency'>): Faults {
  const faults: Faults = {};
  const { error, amount } = parseAmount(draft.amount, draft.currency);
  if (error) faults.amount = error;
  else if (amount === 0) faults.amount = 'zero';
  if (draft.payee.trim() === '') faults.payee = 'empty';
  if (draft.spent_on === '') faults.spent_on = 'empty';
  if (draft.currency !== ledger.currency && !isRate(plainRate(draft.rate))) faults.rate = 'rate';
  if (draft.paid_by.length > 0) Object.assign(faults, sharingFaults(draft));
  return faults;
}

function sharingFaults(draft: Draft): Faults {
  const { paid_by, split, type } = draft;
  if (type === 'settlement')
    return paid_by[0]?.member_id === split.parts[0]?.member_id ? { split: 'self' } : {};
  const [paid, borne] = [payersFault(paid_by, wholeOf(draft)), splitFault(split, wholeOf(draft))];
  return {
    ...(paid ? { paid_by: paid.code } : {}),
    ...(borne ? { split: borne.code } : {}),
  };
}

/** The body of the request that a draft without faults becomes. */
export function bodyOf(draft: Draft, ledger: Pick<Ledger, 'currency'>): ExpenseBody {
  const foreign = draft.currency !== ledger.currency;
  return {
    kind: draft.type === 'refund' ? 'expense' : draft.type,
    spent_on: draft.spent_on,
    amount: amountOf(draft) ?? 0,
    currency: draft.currency,
    rate: foreign ? plainRate(draft.rate) : null,
    payee: draft.payee.trim(),
    category_id: draft.category_id,
    tags: draft.tags,
    note: draft.note,
    ...(draft.paid_by.length > 0
      ? {
          paid_by: payments(draft.paid_by, wholeOf(draft)),
          split: splitBody(draft.split, wholeOf(draft)),
        }
      : {}),
  };
}

/** A rate as the server reads it: people type their own decimal mark. */
export function plainRate(rate: string): string {
  return rate.trim().replace(',', '.');
}

/** Whether two drafts say the same, however it was typed. */
export function sameDraft(a: Draft, b: Draft): boolean {
  return draftFields.every((field) => sameField(a, b, field));
}

/** The fields that are compared and merged one by one; an amount goes with its currency, its rate and its sign. */
export const draftFields = [
  'amount',
  'payee',
  'category_id',
  'tags',
  'spent_on',
  'note',
  'paid_by',
  'split',
] as const;
export type MergeField = (typeof draftFields)[number];

export function sameField(a: Draft, b: Draft, field: MergeField): boolean {
  if (field === 'amount') {
    const [x, y] = [amountOf(a), amountOf(b)];
    const amount = x === undefined || y === undefined ? a.amount === b.amount : x === y;
    const kind = (draft: Draft) => (draft.type === 'refund' ? 'expense' : draft.type);
    const rate = plainRate(a.rate) === plainRate(b.rate);
    return amount && a.currency === b.currency && kind(a) === kind(b) && rate;
  }
  if (field === 'tags') {
    return a.tags.length === b.tags.length && a.tags.every((tag, at) => tag === b.tags[at]);
  }
  if (field === 'paid_by') return samePayers(a, wholeOf(a), b, wholeOf(b));
  if (field === 'split') return sameSplit(a, wholeOf(a), b, wholeOf(b));
  return a[field] === b[field];
}

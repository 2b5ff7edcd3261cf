import { formatDate } from '#lib/locale/dates.ts';
import { locale } from '#lib/locale/locale.svelte.ts';
import { formatMoney } from '#lib/money/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { isShared } from '#lib/sharing/people.ts';
import type { Book } from './book.ts';
import { listed } from '#lib/sharing/lines.ts';
import { paidText, splitText } from '#lib/sharing/words.ts';
import {
  amountOf,
  draftOf,
  draftFields,
  sameField,
  wholeOf,
  type Draft,
  type MergeField,
} from './draft.ts';
import type { Change, Expense } from './types.ts';

export function fieldName(field: MergeField): string {
  const names: Record<MergeField, () => string> = {
    amount: m.expenses_amount,
    payee: m.expenses_payee,
    category_id: m.expenses_category,
    tags: m.expenses_tags,
    spent_on: m.expenses_date,
    note: m.expenses_note,
    paid_by: m.sharing_who_paid,
    split: m.sharing_for_whom,
  };
  return names[field]();
}

/** What a draft says in one field, for people to read. */
export function draftText(book: Book, draft: Draft, field: MergeField): string {
  if (field === 'amount') return amountText(draft);
  if (field === 'spent_on') return formatDate(draft.spent_on);
  if (field === 'tags') return draft.tags.map((tag) => `#${tag}`).join(' ') || m.expenses_nothing();
  if (field === 'paid_by') return paidText(book, draft.paid_by, wholeOf(draft));
  if (field === 'split') return splitText(book, draft.split, wholeOf(draft));
  if (field === 'category_id') {
    const category = book.categories.find(({ id }) => id === draft.category_id);
    return category?.name ?? m.expenses_category_none();
  }
  return draft[field] || m.expenses_nothing();
}

function amountText(draft: Draft): string {
  const amount = amountOf(draft);
  if (amount === undefined) return draft.amount;
  const sign = draft.type === 'income' ? 'always' : 'auto';
  const text = formatMoney(amount, draft.currency, { locale: locale.tag, sign });
  return draft.rate ? `${text} × ${draft.rate}` : text;
}

export interface Difference {
  name: string;
  before: string;
  after: string;
}

/** What a change made different, field by field. */
export function differences(book: Book, { before, after }: Change): Difference[] {
  if (!before || !after) return [];
  const [was, is] = [before, after].map((state) => draftOf(state as unknown as Expense));
  if (!was || !is) return [];
  return draftFields
    .filter((field) => !sameField(was, is, field))
    .map((field) => ({
      name: fieldName(field),
      before: draftText(book, was, field),
      after: draftText(book, is, field),
    }));
}

export interface Fact {
  field: MergeField;
  name: string;
  value: string;
}

/** What an expense says, field by field; what it says nothing about is left out. */
export function factsOf(book: Book, expense: Expense): Fact[] {
  const draft = draftOf(expense);
  const said = (field: MergeField) => {
    if (field === 'paid_by' || field === 'split') return isShared(book);
    return field === 'amount' || field === 'spent_on' || draft[field]?.length;
  };
  return draftFields
    .filter(said)
    .map((field) => ({ field, name: fieldName(field), value: draftText(book, draft, field) }));
}

/** Who did it, and what, in words. */
export function changeTitle(book: Book, change: Change): string {
  const who =
    book.members.find(({ id }) => id === change.actor)?.name ?? m.expenses_history_nobody();
  const words: Record<Change['action'], (inputs: { who: string }) => string> = {
    create: m.expenses_history_created,
    update: m.expenses_history_changed,
    delete: m.expenses_history_deleted,
    restore: m.expenses_history_restored,
  };
  return words[change.action]({ who });
}

/** What somebody else did to an expense that is open in the form, in sentences. */
export function newsOf(
  who: readonly string[],
  taken: readonly MergeField[],
  conflicts: readonly MergeField[],
  trashed: boolean,
): string[] {
  const names = who.length > 0 ? listed(who) : m.expenses_somebody();
  const fields = (all: readonly MergeField[]) => listed(all.map(fieldName));
  return [
    ...(trashed ? [m.expenses_news_trashed({ who: names })] : []),
    ...(taken.length > 0 ? [m.expenses_news({ who: names, fields: fields(taken) })] : []),
    ...(conflicts.length > 0
      ? [m.expenses_news_conflict({ who: names, fields: fields(conflicts) })]
      : []),
  ];
}

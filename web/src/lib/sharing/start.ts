import type { Book } from '#lib/expenses/book.ts';
import type { LedgerMember } from '#lib/expenses/types.ts';
import { isShared, people } from './people.ts';
import { unshared, type Payer, type Split, type SplitDraft } from './sharing.ts';

/** How an expense begins: paid by oneself, split as the category or the ledger has it. */
export function startSharing(
  book: Book,
  category_id: string | null,
): { paid_by: Payer[]; split: SplitDraft } {
  if (!isShared(book)) return unshared();
  return {
    paid_by: [{ member_id: book.ledger.member_id, amount: '' }],
    split: defaultSplit(book, category_id),
  };
}

/** The default of the category, of the one above it, of the ledger; without any, everybody by weight. */
export function defaultSplit(book: Book, category_id: string | null): SplitDraft {
  const find = (id: string | null | undefined) => book.categories.find((one) => one.id === id);
  const category = find(category_id);
  const active = people(book);
  const parent = find(category?.parent_id);
  for (const default_split of [category, parent, book.ledger].map((one) => one?.default_split)) {
    const parts = default_split?.parts.filter((part) =>
      active.some(({ id }) => id === part.member_id),
    );
    if (!default_split || !parts || parts.length === 0) continue;
    // where somebody has left, the others keep their proportions
    const whole = parts.length === default_split.parts.length;
    const mode = default_split.mode === 'percent' && !whole ? 'shares' : default_split.mode;
    return { mode, parts: parts.map((part) => ({ ...part, value: valueText(mode, part.value) })) };
  }
  const even = active.every(({ weight }) => weight === active[0]?.weight);
  return {
    mode: even ? 'equal' : 'shares',
    parts: active.map(({ id, weight }) => ({ member_id: id, value: even ? '' : String(weight) })),
  };
}

/** Between those who are named and oneself; who names themselves means just the named. */
export function between(book: Book, members: readonly LedgerMember[]): SplitDraft {
  const me = book.ledger.member_id;
  const named = members.map(({ id }) => id);
  const all = new Set(named.includes(me) ? named : [me, ...named]);
  return { mode: 'equal', parts: [...all].map((member_id) => ({ member_id, value: '' })) };
}

/** How a payment begins: from oneself to somebody else. */
export function startSettlement(book: Book): { paid_by: Payer[]; split: SplitDraft } {
  const [from, to] = people(book);
  return {
    paid_by: [{ member_id: from?.id ?? '', amount: '' }],
    split: { mode: 'equal', parts: [{ member_id: to?.id ?? '', value: '' }] },
  };
}

function valueText(mode: Split['mode'], value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  return String(mode === 'percent' ? value / 100 : value);
}

/** Leaves out who is archived, as in a copy of what is past. */
export function withoutArchived<T extends { paid_by: Payer[]; split: SplitDraft }>(
  book: Book,
  draft: T,
): T {
  const active = new Set(people(book).map(({ id }) => id));
  const paid_by = draft.paid_by.filter(({ member_id }) => active.has(member_id));
  const parts = draft.split.parts.filter(({ member_id }) => active.has(member_id));
  if (paid_by.length === draft.paid_by.length && parts.length === draft.split.parts.length)
    return draft;
  const start = startSharing(book, null);
  return {
    ...draft,
    paid_by: paid_by.length > 0 ? paid_by : start.paid_by,
    split: parts.length > 0 ? { ...draft.split, parts } : start.split,
  };
}

import { asDraft } from '#lib/expenses/asdraft.ts';
import type { Book } from '#lib/expenses/book.ts';
import { draftFields, sameField, type Draft } from '#lib/expenses/draft.ts';
import { provisional } from '#lib/expenses/provisional.ts';
import type { Expense } from '#lib/expenses/types.ts';
import type { Entry } from './waiting.svelte.ts';

/** What both sides began with. What is new began with the first that was sent for it: the same again is never refused. */
export function origin(
  entry: Entry,
  book: Book,
  base: Expense | undefined,
  theirs: Draft,
): Draft | undefined {
  const mine = JSON.stringify(entry.body);
  const made = entry.sent?.find((body) => JSON.stringify(body) !== mine);
  const known = base ?? (made && provisional(book, entry.id, made));
  return arrived(entry, book, base, theirs) ?? (known && asDraft(book, known));
}

/** What was sent without an answer and seems to have arrived: then the others' changes begin from there, not from before. */
export function arrived(
  { id, sent = [] }: Entry,
  book: Book,
  base: Expense | undefined,
  theirs: Draft,
): Draft | undefined {
  const before = base && asDraft(book, base);
  return sent
    .map((body) => asDraft(book, provisional(book, id, body)))
    .findLast((one) =>
      draftFields.every(
        (field) => (before && sameField(before, one, field)) || sameField(one, theirs, field),
      ),
    );
}

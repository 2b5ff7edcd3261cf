import { locale } from '#lib/locale/locale.svelte.ts';
import { isShared } from '#lib/sharing/people.ts';
import { unshared } from '#lib/sharing/sharing.ts';
import type { Book } from './book.ts';
import { draftOf, type Draft } from './draft.ts';
import { decimalMark } from './mark.ts';
import type { Expense } from './types.ts';

/** The draft of an expense as the form of this ledger shows it: with nobody, where there is nobody to share with. */
export function asDraft(book: Book, expense: Expense): Draft {
  return {
    ...draftOf(expense, decimalMark(locale.tag)),
    ...(isShared(book) ? {} : unshared()),
  };
}

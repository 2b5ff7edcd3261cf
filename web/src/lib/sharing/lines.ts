// What the rows of a list say of who paid; apart from the other words, so that a list loads no arithmetic of splits.
import type { Book } from '#lib/expenses/book.ts';
import { locale } from '#lib/locale/locale.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { nameOf } from './people.ts';
import type { Payment, Split } from './sharing.ts';

/** A name within a sentence, in which the reader is `me`. */
export function called(book: Book, member_id: string): string {
  return member_id === book.ledger.member_id ? m.sharing_me() : nameOf(book, member_id);
}

/** `Ada, Bert and Cem`. */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale.tag).format(names);
}

/** Who paid, in one line: `Paid by me`. */
export function paidLine(
  book: Book,
  payers: readonly { member_id: string }[],
  received: boolean,
): string {
  const names = payers.map(({ member_id }) => called(book, member_id));
  const who = names.length > 3 ? m.sharing_people({ count: names.length }) : listed(names);
  return received ? m.sharing_received_by({ who }) : m.sharing_paid_by({ who });
}

/** A payment from one to another, in words. */
export function settlementLine(
  book: Pick<Book, 'members'>,
  { paid_by, split }: { paid_by: readonly Payment[]; split: Split },
): string {
  const [from, to] = [paid_by[0]?.member_id, split.parts[0]?.member_id];
  return m.sharing_settled({ from: nameOf(book, from ?? ''), to: nameOf(book, to ?? '') });
}

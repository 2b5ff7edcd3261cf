import { changesOf, getExpense } from './requests.ts';
import type { Book } from './book.ts';
import type { Expense } from './types.ts';

/** An expense as others have left it. */
export interface Followed {
  current: Expense;
  /** The names of those who have changed it since, in the order in which they began. */
  who: string[];
}

/** What others have made of an expense since that version; nothing where they have not, or where there is no answer. */
export async function changedSince(
  book: Book,
  id: string,
  version: number,
): Promise<Followed | undefined> {
  try {
    const current = await getExpense(book.ledger.id, id);
    if (current.version <= version) return undefined;
    const changes = await changesOf(book.ledger.id, id, Math.min(current.version - version, 200));
    const actors = new Set(changes.map(({ actor }) => actor).reverse());
    const who = [...actors].map((actor) => book.members.find(({ id }) => id === actor)?.name);
    return { current, who: who.filter((name) => name !== undefined) };
  } catch {
    // the answer to saving says it all
    return undefined;
  }
}

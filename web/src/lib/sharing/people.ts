import type { Book } from '#lib/expenses/book.ts';
import type { LedgerMember } from '#lib/expenses/types.ts';

/** Whether a ledger has anybody to share with: a ledger of one shows nothing of payers and splits. */
export function isShared({ members }: Pick<Book, 'members'>): boolean {
  return members.length > 1;
}

/** Who can be chosen, oneself first: everybody who is not archived, and those who take part already. */
export function people(
  { ledger, members }: Pick<Book, 'ledger' | 'members'>,
  taking: readonly string[] = [],
): LedgerMember[] {
  return members
    .filter(({ id, archived_at }) => !archived_at || taking.includes(id))
    .toSorted(
      (a, b) =>
        Number(b.id === ledger.member_id) - Number(a.id === ledger.member_id) ||
        a.name.localeCompare(b.name),
    );
}

export function nameOf({ members }: Pick<Book, 'members'>, member_id: string): string {
  return members.find(({ id }) => id === member_id)?.name ?? '?';
}

import type { Change } from '#lib/api/types.ts';

type Entry = Pick<Change, 'seq' | 'at' | 'actor' | 'reverts' | 'entity' | 'action'>;

/**
 * What somebody did last and has not taken back: all changes of one action, which share their moment, newest first.
 * `changes` are everybody's, newest first. A revert that was itself reverted counts for nothing. That a ledger was made,
 * with what it began with, is not taken back like this: it is deleted.
 */
export function lastAction<T extends Entry>(
  changes: readonly T[],
  me: string,
  handled: ReadonlySet<number> = new Set(),
): T[] {
  const takenBack = new Set<number>();
  const found: T[] = [];
  for (const change of changes) {
    if (takenBack.has(change.seq)) continue;
    if (change.reverts !== null) {
      takenBack.add(change.reverts);
      continue;
    }
    const first = found[0];
    if (first && first.at !== change.at) break;
    if (change.actor === me && !handled.has(change.seq)) found.push(change);
  }
  const founding = found.some(({ entity, action }) => entity === 'ledger' && action === 'create');
  return founding ? [] : found;
}

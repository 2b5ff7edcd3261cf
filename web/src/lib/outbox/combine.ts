import type { Expense } from '#lib/expenses/types.ts';
import type { Entry } from './waiting.svelte.ts';

/** What somebody has just done to an expense, before it is known what else waits for it. */
export type Deed = Omit<Entry, 'at' | 'revision' | 'refusal' | 'current' | 'revive'>;

/**
 * What waits for an expense after one more deed: both become one, so that each expense is sent once. Nothing is left
 * where the second takes back the first, which nobody has heard of yet.
 */
export function combined(before: Entry | undefined, deed: Deed, at: number): Entry | undefined {
  if (!before) return { ...deed, at, revision: 1 };
  const { body, expected } = deed;
  const sent = [...(before.sent ?? []), ...(deed.sent ?? [])];
  const entry = { ...before, expected, revision: before.revision + 1 };
  // it is another attempt: what became of the last one is past
  delete entry.refusal;
  delete entry.current;
  if (deed.tried || before.tried) entry.tried = true;
  if (sent.length > 0) entry.sent = sent;
  if (deed.action === 'delete') return trashed(before, entry);
  if (deed.action === 'restore') return untrashed(before, entry);
  if (body) entry.body = body;
  // edited again before it was made: it is made as it is now
  entry.action = before.action === 'create' ? 'create' : 'replace';
  if (before.action === 'delete') entry.revive = true;
  const newer = deed.base && deed.base.version > (before.base?.version ?? 0);
  if (entry.action === 'replace' && newer && deed.base) entry.base = deed.base;
  return entry;
}

function trashed(before: Entry, entry: Entry): Entry | undefined {
  // what nobody has heard of is gone without a trace
  if ((before.action === 'create' || before.action === 'restore') && !before.tried)
    return undefined;
  return { ...entry, action: 'delete' };
}

function untrashed(before: Entry, entry: Entry): Entry | undefined {
  if (entry.body) return { ...entry, action: before.base ? 'replace' : 'create', revive: true };
  return before.tried ? { ...entry, action: 'restore' } : undefined;
}

/** What still waits after `sent` has arrived: nothing, unless the user has gone on with it meanwhile. */
export function settled(
  now: Entry | undefined,
  sent: Entry,
  result: Expense | undefined,
): Entry | undefined {
  if (!now || now.revision === sent.revision) return undefined;
  const rest = { ...now };
  delete rest.tried;
  delete rest.sent;
  if (now.action === 'delete' || now.action === 'restore')
    return result ? { ...rest, base: result } : undefined;
  // it began from what the user saw, which is not what others may have made of it meanwhile; what was new is the first version
  const base = { ...sent.expected, version: Math.max(sent.base?.version ?? 0, 1) };
  return { ...rest, action: 'replace', base };
}

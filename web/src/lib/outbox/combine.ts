import { ApiProblem } from '#lib/api/problem.ts';
import type { Book } from '#lib/expenses/book.ts';
import { provisional } from '#lib/expenses/provisional.ts';
import type { Expense, ExpenseBody } from '#lib/expenses/types.ts';
import type { Entry } from './waiting.svelte.ts';

/** What somebody has just done to an expense, before it is known what else waits for it. */
export type Deed = Omit<Entry, 'at' | 'revision' | 'refusal' | 'current' | 'revive'>;

/** What is done to an expense that is there. */
export type Edit = { action: 'delete' | 'restore' } | { action: 'replace'; body: ExpenseBody };

/** What the expense will look like. */
export function expectedOf(book: Book, base: Expense, edit: Edit): Expense {
  const now = new Date().toISOString();
  if (edit.action !== 'replace') {
    return { ...base, deleted_at: edit.action === 'delete' ? now : null, updated_at: now };
  }
  const { created_at, created_by, deleted_at, version } = base;
  const next = provisional(book, base.id, edit.body);
  return { ...next, created_at, created_by, deleted_at, version };
}

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

/** Whether what has arrived lies in the trash, where somebody else has put it meanwhile: nobody would find it there. */
export function isUnseen({ expected }: Entry, arrived: Expense): boolean {
  return arrived.deleted_at !== null && expected.deleted_at === null;
}

/** What waits as soon as it is being sent: from now on it may arrive without an answer. */
export function attempted(entry: Entry): Entry {
  const { body, sent = [] } = entry;
  const again = JSON.stringify(sent.at(-1)) === JSON.stringify(body);
  return { ...entry, tried: true, ...(body ? { sent: again ? sent : [...sent, body] } : {}) };
}

/** What waits after `sent` has been refused: the same with the reason, unless the user has gone on with it meanwhile. */
export function refused(now: Entry | undefined, sent: Entry, cause: unknown): Entry | undefined {
  if (now?.revision !== sent.revision) return now;
  const problem = cause instanceof ApiProblem ? cause : undefined;
  const { status = 0, code = 'unknown', field, requestId, current } = problem ?? {};
  const refusal = {
    status,
    code,
    ...(field ? { field } : {}),
    ...(requestId ? { request_id: requestId } : {}),
  };
  const before = now.sent?.slice(0, -1) ?? [];
  const tried = before.length > 0 || Boolean(sent.tried);
  const entry = { ...now, refusal, sent: before, tried };
  if (!current) return entry;
  // it has been created: what is asked about is an edit
  const action = now.action === 'create' ? 'replace' : now.action;
  return { ...entry, action, current: current as Expense };
}

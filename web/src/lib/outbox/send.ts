import { ApiProblem } from '#lib/api/problem.ts';
import { soon } from '#lib/api/soon.ts';
import type { Problem } from '#lib/api/types.ts';
import { asDraft } from '#lib/expenses/asdraft.ts';
import { loadBook } from '#lib/expenses/book.ts';
import { bodyOf, faultsOf } from '#lib/expenses/draft.ts';
import { mergeDrafts } from '#lib/expenses/merge.ts';
import {
  createExpense,
  deleteExpense,
  getExpense,
  replaceExpense,
  restoreExpense,
} from '#lib/expenses/requests.ts';
import type { Expense, ExpenseBody } from '#lib/expenses/types.ts';
import { arrived, origin } from './origin.ts';
import type { Entry } from './waiting.svelte.ts';

/** What stands there, as a problem says it. */
type Stated = NonNullable<Problem['current']>;

/**
 * Sends an entry and gives the expense as it then stands, or nothing where there is none to delete. Throws why not; where
 * somebody else was faster and only the user can tell what is to stay, with what stands there.
 */
export async function send(entry: Entry): Promise<Expense | undefined> {
  if (entry.action === 'delete') return remove(entry);
  if (entry.action === 'restore') return restore(entry);
  const body = { ...entry.body, id: entry.id } as ExpenseBody;
  return entry.action === 'create' ? create(entry, body) : replace(entry, body);
}

async function create(entry: Entry, body: ExpenseBody): Promise<Expense> {
  const { ledger_id, id } = entry;
  try {
    const made = await createExpense(ledger_id, body, soon());
    return entry.revive && made.deleted_at ? await restoreExpense(ledger_id, made, soon()) : made;
  } catch (cause) {
    if (!isCode(cause, 'id_taken')) throw cause;
    // it has arrived without an answer, and has been edited here since
    const current = await getExpense(ledger_id, id, soon());
    return joined(entry, undefined, current);
  }
}

async function replace(entry: Entry, body: ExpenseBody): Promise<Expense> {
  const { ledger_id, id, base } = entry;
  if (!base || !numbered(base)) return joined(entry, base, await getExpense(ledger_id, id, soon()));
  try {
    return await replaceExpense(ledger_id, base, body, soon());
  } catch (cause) {
    return joined(entry, base, faster(cause));
  }
}

async function remove(entry: Entry): Promise<Expense | undefined> {
  const { ledger_id, id } = entry;
  const base = numbered(entry.base) ?? (await getExpense(ledger_id, id, soon()).catch(ifNone));
  if (!base || base.deleted_at) return base;
  try {
    return await deleteExpense(ledger_id, base, soon());
  } catch (cause) {
    const current = faster(cause);
    if (current.deleted_at) return current;
    const book = await loadBook(ledger_id, soon());
    if (!arrived(entry, book, base, asDraft(book, current))) throw cause;
    return deleteExpense(ledger_id, current, soon());
  }
}

async function restore({ ledger_id, id, base }: Entry): Promise<Expense> {
  const from = numbered(base) ?? (await getExpense(ledger_id, id, soon()));
  if (from !== base && !from.deleted_at) return from;
  try {
    return await restoreExpense(ledger_id, from, soon());
  } catch (cause) {
    const current = faster(cause);
    return current.deleted_at ? restoreExpense(ledger_id, current, soon()) : current;
  }
}

/** Joins what was done here with what others have done meanwhile, as the form does; what collides is for the user. */
async function joined(entry: Entry, base: Expense | undefined, current: Expense): Promise<Expense> {
  const { ledger_id } = entry;
  let now = current;
  if (now.deleted_at && !entry.expected.deleted_at) {
    if (!entry.revive) throw elsewhere('trashed', current);
    now = await restoreExpense(ledger_id, now, soon());
  }
  const book = await loadBook(ledger_id, soon());
  const theirs = asDraft(book, now);
  const before = origin(entry, book, base, theirs);
  const { draft, conflicts } = mergeDrafts(before, asDraft(book, entry.expected), theirs);
  if (conflicts.length > 0 || Object.keys(faultsOf(draft, book.ledger)).length > 0)
    throw elsewhere('version_conflict', now);
  try {
    return await replaceExpense(ledger_id, now, bodyOf(draft, book.ledger), soon());
  } catch (cause) {
    return joined(entry, base, faster(cause));
  }
}

/** An expense that the server has given a version; what was only shown here is not there yet, or has arrived meanwhile. */
function numbered(expense: Expense | undefined): Expense | undefined {
  return expense && expense.version > 0 ? expense : undefined;
}

/** What only the user can decide about. */
function elsewhere(code: string, current: Expense): ApiProblem {
  return new ApiProblem({ status: 412, code, current: current as unknown as Stated });
}

/** What somebody else has made of it; throws on if that is not what went wrong. */
function faster(cause: unknown): Expense {
  if (isCode(cause, 'version_conflict') && cause.current) return cause.current as Expense;
  throw cause;
}

function ifNone(cause: unknown): undefined {
  if (!isCode(cause, 'not_found')) throw cause;
}

function isCode(cause: unknown, code: string): cause is ApiProblem {
  return cause instanceof ApiProblem && cause.code === code;
}

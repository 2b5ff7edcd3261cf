import { ApiProblem, isPassing } from '#lib/api/problem.ts';
import { problemText } from '#lib/api/problem-text.ts';
import { soon } from '#lib/api/soon.ts';
import { waiting } from '#lib/outbox/waiting.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { toasts } from '#lib/ui/toasts.svelte.ts';
import { publish } from './list.svelte.ts';
import { pending } from './pending.svelte.ts';
import {
  batchExpenses,
  changesOf,
  deleteExpense,
  replaceExpense,
  restoreExpense,
  revertChange,
} from './requests.ts';
import type { Batch, Change, Expense, ExpenseBody } from './types.ts';

/** What a batch does to each of its expenses. */
export type BatchAction = Omit<Batch, 'items'>;

const batchSize = 200;

/** Tells what was done, with a way back. */
export function offerUndo(text: string, undo: () => Promise<unknown>) {
  const run = () =>
    void undo().then(
      () => toasts.show({ text: m.expenses_undone(), icon: 'undo-2' }),
      (cause: unknown) => toasts.show({ tone: 'bad', text: problemText(cause) }),
    );
  toasts.show({ tone: 'good', text, action: { label: m.expenses_undo(), run } });
}

/** Does it, shows a refusal as a note, and says whether it was done. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (cause) {
    toasts.show({ tone: 'bad', text: problemText(cause) });
    return false;
  }
}

/** Does something to one expense, whose row waits for the answer and then shows it. */
async function change(
  ledger_id: string,
  { id }: Expense,
  work: () => Promise<Expense>,
): Promise<Expense> {
  const expense = await pending.while([id], work);
  publish(ledger_id, expense);
  return expense;
}

const outbox = async () => (await import('#lib/outbox/queue.ts')).queue;

/** Saves it, or keeps it until there is an answer to be had; throws when it is refused. */
export async function save(
  ledger_id: string,
  before: Expense,
  body: ExpenseBody,
): Promise<Expense> {
  try {
    const after = await change(ledger_id, before, () =>
      replaceExpense(ledger_id, before, body, soon()),
    );
    if (waiting.get(after.id)) {
      await (await outbox()).settle(after.id);
      publish(ledger_id, after);
    }
    if (after.version !== before.version) {
      offerUndo(m.expenses_saved({ payee: after.payee }), () => revertLatest(ledger_id, after));
    }
    return after;
  } catch (cause) {
    if (!isPassing(cause)) throw cause;
    return (await outbox()).keep(ledger_id, before, { action: 'replace', body }, true, cause);
  }
}

type Move = 'delete' | 'restore';

/** Moves it into the trash or out of it, now or as soon as there is an answer to be had. */
async function move(ledger_id: string, expense: Expense, action: Move) {
  const waits = waiting.get(expense.id) !== undefined;
  // what has waited until just now has a version that is not known here
  const tried = !waits && expense.version > 0;
  let passing: ApiProblem | undefined;
  if (tried) {
    try {
      const work = action === 'delete' ? deleteExpense : restoreExpense;
      return await change(ledger_id, expense, () => work(ledger_id, expense, soon()));
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      passing = cause;
    }
  }
  return (await outbox()).keep(ledger_id, expense, { action }, tried, passing);
}

/** Moves it back. The deed may have waited, and arrived since: then it is another version that stands there. */
async function moveBack(ledger_id: string, expense: Expense, action: Move): Promise<Expense> {
  try {
    return await move(ledger_id, expense, action);
  } catch (cause) {
    if (!(cause instanceof ApiProblem) || cause.code !== 'version_conflict' || !cause.current)
      throw cause;
    return move(ledger_id, cause.current as Expense, action);
  }
}

export async function trash(ledger_id: string, expense: Expense, quiet = false): Promise<Expense> {
  const entry = waiting.get(expense.id);
  const gone = await move(ledger_id, expense, 'delete');
  if (!quiet) {
    // what nobody had heard of is in no trash: it can only be put back
    const lost = entry && !waiting.get(expense.id);
    offerUndo(m.expenses_deleted({ payee: gone.payee }), async () =>
      lost ? (await outbox()).putBack(entry) : moveBack(ledger_id, gone, 'restore'),
    );
  }
  return gone;
}

/** It was saved where somebody else had put it meanwhile: nobody would find it there. */
export function tellTrashed(ledger_id: string, expense: Expense) {
  toasts.show({
    tone: 'bad',
    text: m.expenses_saved_in_trash({ payee: expense.payee }),
    action: {
      label: m.expenses_restore(),
      run: () => void attempt(() => restore(ledger_id, expense)),
    },
  });
}

export async function restore(ledger_id: string, expense: Expense) {
  const back = await move(ledger_id, expense, 'restore');
  offerUndo(m.expenses_restored({ payee: back.payee }), () => moveBack(ledger_id, back, 'delete'));
}

/** Undoes the last change of an expense, if it is the one that made this version. */
export async function revertLatest(ledger_id: string, expense: Expense): Promise<Expense> {
  const [latest] = await changesOf(ledger_id, expense.id, 1);
  return latest ? revert(ledger_id, expense, latest) : expense;
}

export function revert(ledger_id: string, expense: Expense, { seq }: Change): Promise<Expense> {
  return change(ledger_id, expense, () => revertChange(ledger_id, seq));
}

/** Brings an expense back to what it was after one of its changes, whatever came later. */
export async function restoreState(ledger_id: string, now: Expense, then: Expense) {
  const body: ExpenseBody = {
    kind: then.kind,
    spent_on: then.spent_on,
    amount: then.amount,
    currency: then.currency,
    rate: then.rate,
    payee: then.payee,
    note: then.note,
    category_id: then.category_id,
    tags: then.tags,
    paid_by: then.paid_by,
    split: then.split,
  };
  let state = now;
  if (now.deleted_at && !then.deleted_at) {
    state = await change(ledger_id, state, () => restoreExpense(ledger_id, now));
  }
  return save(ledger_id, state, body);
}

/** Does the same to several expenses, and offers to undo it. */
export async function batch(
  ledger_id: string,
  expenses: readonly Expense[],
  action: BatchAction,
  text: string,
) {
  const after = await runBatch(ledger_id, expenses, action);
  offerUndo(text, () => undoBatch(ledger_id, expenses, after, action));
}

async function runBatch(
  ledger_id: string,
  expenses: readonly Expense[],
  action: BatchAction,
): Promise<Expense[]> {
  const after: Expense[] = [];
  const ids = expenses.map(({ id }) => id);
  await pending.while(ids, async () => {
    for (let at = 0; at < expenses.length; at += batchSize) {
      const items = expenses.slice(at, at + batchSize).map(({ id, version }) => ({ id, version }));
      const done = await batchExpenses(ledger_id, { ...action, items });
      publish(ledger_id, ...done);
      after.push(...done);
    }
  });
  return after;
}

/** Gives each expense back what the batch took: those that had the same before go together. */
async function undoBatch(
  ledger_id: string,
  before: readonly Expense[],
  after: readonly Expense[],
  action: BatchAction,
) {
  const old = new Map(before.map((expense) => [expense.id, expense]));
  const groups = new Map<string, { action: BatchAction; expenses: Expense[] }>();
  for (const expense of after) {
    const was = old.get(expense.id);
    if (!was || was.version === expense.version) continue;
    const back = inverse(was, expense, action);
    const key = JSON.stringify(back);
    const group = groups.get(key) ?? { action: back, expenses: [] };
    group.expenses.push(expense);
    groups.set(key, group);
  }
  for (const group of groups.values()) await runBatch(ledger_id, group.expenses, group.action);
}

function inverse(was: Expense, is: Expense, action: BatchAction): BatchAction {
  const lacks = (tags: readonly string[], tag: string) =>
    !tags.some((other) => other.toLowerCase() === tag.toLowerCase());
  return {
    ...(action.category_id === undefined ? {} : { category_id: was.category_id }),
    ...(action.delete ? { restore: true } : {}),
    ...(action.restore ? { delete: true } : {}),
    add_tags: was.tags.filter((tag) => lacks(is.tags, tag)),
    remove_tags: is.tags.filter((tag) => lacks(was.tags, tag)),
  };
}

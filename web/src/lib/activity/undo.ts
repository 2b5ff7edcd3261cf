import { invalidate } from '$app/navigation';
import { problemText } from '#lib/api/problem-text.ts';
import type { Change, Ledger } from '#lib/api/types.ts';
import { loadBook } from '#lib/expenses/book.ts';
import { m } from '#lib/paraglide/messages.js';
import { toasts } from '#lib/ui/toasts.svelte.ts';
import { changesBefore } from './requests.ts';
import { newestSeq, takeBack } from './restore.ts';
import { lastAction } from './undoable.ts';
import { undoneText } from './wording.ts';

/** How many pages of the history are searched for one's last action. */
const patience = 5;
let busy = false;

/** Takes back what the user did last in a ledger, however long ago and wherever, and says what that was. */
export async function undoLast(ledger: Ledger) {
  // the second press waits for nothing: it comes too early, and means the same
  if (busy) return;
  busy = true;
  try {
    const action = await findLast(ledger);
    if (action.length === 0) return void toasts.show({ text: m.activity_nothing() });
    const text = undoneText(await loadBook(ledger.id), action);
    await takeAllBack(ledger.id, action);
    toasts.show({ text, icon: 'undo-2' });
  } catch (cause) {
    toasts.show({ tone: 'bad', text: problemText(cause) });
  } finally {
    busy = false;
  }
  await Promise.all([invalidate(`ledger:${ledger.id}`), invalidate('me:ledgers')]);
}

async function findLast(ledger: Ledger): Promise<Change[]> {
  const handled = readHandled(ledger.id);
  const read: Change[] = [];
  for (let page = 0; page < patience; page++) {
    const more = await changesBefore(ledger.id, {}, read.at(-1)?.seq);
    read.push(...more);
    const action = lastAction(read, ledger.member_id, handled);
    // at the end of what is read, an action may go on
    if (more.length === 0 || (action.length > 0 && action.at(-1) !== read.at(-1))) return action;
  }
  return lastAction(read, ledger.member_id, handled);
}

async function takeAllBack(ledgerId: string, action: readonly Change[]) {
  const marked = action.some(({ entity }) => entity === 'member' || entity === 'invite');
  const before = marked ? await newestSeq(ledgerId) : 0;
  for (const change of action) await takeBack(ledgerId, change);
  if (!marked) return;
  // what the server does not know to be a taking back is noted here, or the next press would do it again
  const after = await newestSeq(ledgerId);
  const made = Array.from({ length: after - before }, (_, step) => before + 1 + step);
  keepHandled(ledgerId, [...action.map(({ seq }) => seq), ...made]);
}

const key = (ledgerId: string) => `outlay.undone.${ledgerId}`;

function readHandled(ledgerId: string): Set<number> {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(key(ledgerId)) ?? '[]') as number[]);
  } catch {
    return new Set();
  }
}

function keepHandled(ledgerId: string, seqs: readonly number[]) {
  try {
    const all = [...readHandled(ledgerId), ...seqs].slice(-200);
    sessionStorage.setItem(key(ledgerId), JSON.stringify(all));
  } catch {
    // without storage a member's change is undone once, and done again by the next press
  }
}

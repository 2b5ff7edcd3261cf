import { chosenLedger, mayEdit } from '#lib/ledgers/chosen.ts';
import { sending, waiting, type Entry } from '#lib/outbox/waiting.svelte.ts';
import type { Draft } from './draft.ts';
import type { Expense } from './types.ts';

export type Task =
  | { kind: 'add'; ledgerId: string; draft?: Draft; entry?: Entry }
  | { kind: 'edit'; ledgerId: string; expense: Expense; entry?: Entry }
  | { kind: 'view'; ledgerId: string; expense: Expense }
  | { kind: 'history'; ledgerId: string; expense: Expense };

/** Which of the dialogs about an expense is open; they can be opened from every page. */
class Editor {
  task: Task | null = $state.raw(null);

  /** In the ledger that is shown, unless it is said which: a note can be answered after leaving it. */
  add(draft?: Draft, ledgerId = chosenLedger().id) {
    this.task = { kind: 'add', ledgerId, ...(draft ? { draft } : {}) };
  }

  edit(expense: Expense) {
    this.task = { kind: 'edit', ledgerId: chosenLedger().id, expense };
  }

  history(expense: Expense) {
    this.task = { kind: 'history', ledgerId: chosenLedger().id, expense };
  }

  /** Changes it where the user may, shows it where not; what is in the trash with how it got there. */
  open(expense: Expense) {
    const entry = waiting.get(expense.id);
    const ledger = chosenLedger();
    if (entry) this.resume(entry);
    else if (!mayEdit(ledger)) this.task = { kind: 'view', ledgerId: ledger.id, expense };
    else if (expense.deleted_at) this.history(expense);
    else this.edit(expense);
  }

  /** Goes on with what waits to be sent; in another ledger where it is not welcome in its own. */
  resume(entry: Entry, ledgerId = entry.ledger_id) {
    const { action, expected } = entry;
    if (action === 'create' || ledgerId !== entry.ledger_id)
      this.task = { kind: 'add', ledgerId, entry };
    else if (action === 'replace') this.task = { kind: 'edit', ledgerId, expense: expected, entry };
    else sending.open = true;
  }

  close() {
    this.task = null;
  }
}

export const editor = new Editor();

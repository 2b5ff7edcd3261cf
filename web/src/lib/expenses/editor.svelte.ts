import { chosenLedger, mayEdit } from '#lib/ledgers/chosen.ts';
import type { Draft } from './draft.ts';
import type { Expense } from './types.ts';

export type Task =
  | { kind: 'add'; ledgerId: string; draft?: Draft; problem?: unknown }
  | { kind: 'edit'; ledgerId: string; expense: Expense }
  | { kind: 'view'; ledgerId: string; expense: Expense }
  | { kind: 'history'; ledgerId: string; expense: Expense };

/** Which of the dialogs about an expense is open; they can be opened from every page. */
class Editor {
  task: Task | null = $state.raw(null);

  /** In the ledger that is shown, unless it is said which: a note can be answered after leaving it. */
  add(draft?: Draft, problem?: unknown, ledgerId = chosenLedger().id) {
    this.task = { kind: 'add', ledgerId, ...(draft ? { draft } : {}), problem };
  }

  edit(expense: Expense) {
    this.task = { kind: 'edit', ledgerId: chosenLedger().id, expense };
  }

  history(expense: Expense) {
    this.task = { kind: 'history', ledgerId: chosenLedger().id, expense };
  }

  /** Changes it where the user may, shows it where not; what is in the trash with how it got there. */
  open(expense: Expense) {
    const ledger = chosenLedger();
    if (!mayEdit(ledger)) this.task = { kind: 'view', ledgerId: ledger.id, expense };
    else if (expense.deleted_at) this.history(expense);
    else this.edit(expense);
  }

  close() {
    this.task = null;
  }
}

export const editor = new Editor();

import type { Draft } from './draft.ts';
import type { Expense } from './types.ts';

export type Task =
  | { kind: 'add'; draft?: Draft; problem?: unknown }
  | { kind: 'edit'; expense: Expense; draft?: Draft; problem?: unknown }
  | { kind: 'history'; expense: Expense };

/** Which of the dialogs about an expense is open; they can be opened from every page. */
class Editor {
  task: Task | null = $state.raw(null);

  add(draft?: Draft, problem?: unknown) {
    this.task = { kind: 'add', ...(draft ? { draft } : {}), problem };
  }

  edit(expense: Expense) {
    this.task = { kind: 'edit', expense };
  }

  history(expense: Expense) {
    this.task = { kind: 'history', expense };
  }

  close() {
    this.task = null;
  }
}

export const editor = new Editor();

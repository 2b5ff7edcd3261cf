import type { Expense, ExpenseBody } from '#lib/expenses/types.ts';

/** Why an entry was not taken: what of a problem is worth keeping. */
export interface Refusal {
  status: number;
  code: string;
  field?: string;
  request_id?: string;
}

/** Something done to an expense that the server has not confirmed. An expense waits once, whatever else is done to it. */
export interface Entry {
  /** The expense's id. */
  id: string;
  /** Whose it is: nobody else's browser session shows it or sends it. */
  user: string;
  ledger_id: string;
  ledger_name: string;
  /** Its place in the queue. */
  at: number;
  /** Counts what the user has done to it, so that what is done while it is being sent is not taken for sent. */
  revision: number;
  action: 'create' | 'replace' | 'delete' | 'restore';
  /** What is to be sent, where it is created or replaced. */
  body?: ExpenseBody;
  /** What the user began from; nothing where it is new. */
  base?: Expense;
  /** What it will look like. */
  expected: Expense;
  /** Whether it has been sent without an answer: it may have arrived. */
  tried?: boolean;
  /** What has been sent without an answer, oldest first. */
  sent?: ExpenseBody[];
  /** Why it was not taken; then it waits for the user. */
  refusal?: Refusal;
  /** What stands there instead, where somebody else was faster. */
  current?: Expense;
  /** Whether it is to come out of the trash, if somebody has put it there. */
  revive?: boolean;
}

/** What waits to be sent for the user who is signed in: few enough to be copied at each change. */
class Waiting {
  all: readonly Entry[] = $state.raw([]);

  get(id: string): Entry | undefined {
    return this.all.find((entry) => entry.id === id);
  }

  set(entry: Entry) {
    this.all = [...this.all.filter(({ id }) => id !== entry.id), entry];
  }

  delete(id: string) {
    this.all = this.all.filter((entry) => entry.id !== id);
  }
}
export const waiting = new Waiting();

class Sending {
  /** Whether the last attempt got no answer: then it is worth telling that something waits. */
  stalled = $state(false);
  /** Whether there was an answer: that there is too much to do just now. */
  busy = $state(false);
  /** Whether the list of what waits is open. */
  open = $state(false);
  /** What is to be done once it is settled what becomes of the waiting entries. */
  leaving: ((discard: boolean) => void) | undefined = $state.raw();
}
export const sending = new Sending();

export type Stage = 'waiting' | 'refused' | 'asking';

/** Whether it waits for the network, or for the user: refused, or to choose between two changes of the same. */
export function stageOf({ refusal, current, action }: Entry): Stage {
  if (!refusal) return 'waiting';
  return current && action === 'replace' && !current.deleted_at ? 'asking' : 'refused';
}

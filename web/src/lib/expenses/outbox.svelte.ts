import { SvelteMap } from 'svelte/reactivity';
import { ApiProblem } from '#lib/api/problem.ts';
import { publish, withdraw } from './list.svelte.ts';
import { createExpense } from './requests.ts';
import type { Book } from './book.ts';
import type { Expense, ExpenseBody } from './types.ts';

const firstPause = 1_000;
const longestPause = 30_000;

/**
 * What has been written and not yet been answered. A new expense is in the lists at once; while the network is slow or
 * away it is sent again until it arrives, which its id makes safe.
 */
class Outbox {
  /** Rows that wait for an answer. */
  readonly waiting = new SvelteMap<string, true>();

  /** Marks rows as waiting while something is done to them. */
  async while<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#wait(id);
    try {
      return await work();
    } finally {
      for (const id of ids) this.#arrived(id);
    }
  }

  /**
   * Adds an expense, which looks as it is expected to until the server says it; throws when the server refuses it, which
   * takes it out of the lists again.
   */
  async add(
    book: Book,
    expected: Expense,
    body: ExpenseBody | Promise<ExpenseBody>,
  ): Promise<Expense> {
    const { id } = expected;
    publish(book.ledger.id, expected);
    try {
      const expense = await this.while([id], async () =>
        persistently(book, { ...(await body), id }),
      );
      publish(book.ledger.id, expense);
      return expense;
    } catch (cause) {
      withdraw(id);
      throw cause;
    }
  }

  #wait(id: string) {
    if (this.waiting.size === 0) addEventListener('beforeunload', warn);
    this.waiting.set(id, true);
  }

  #arrived(id: string) {
    this.waiting.delete(id);
    if (this.waiting.size === 0) removeEventListener('beforeunload', warn);
  }
}

function warn(event: BeforeUnloadEvent) {
  event.preventDefault();
}

async function persistently(book: Book, body: ExpenseBody): Promise<Expense> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await createExpense(book.ledger.id, body);
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      await untilOnlineOr(cause.retryAfter === undefined ? pause : cause.retryAfter * 1_000);
    }
  }
}

/** Whether the same request may well succeed a little later. */
function isPassing(cause: unknown): cause is ApiProblem {
  return (
    cause instanceof ApiProblem &&
    (cause.status === 0 || cause.status === 429 || cause.code === 'unavailable')
  );
}

function untilOnlineOr(pause: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, pause);
    addEventListener('online', go);
  });
}

export const outbox = new Outbox();

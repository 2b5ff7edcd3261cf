import { SvelteSet } from 'svelte/reactivity';
import { isPassing } from '#lib/api/problem.ts';
import { waiting } from '#lib/outbox/waiting.svelte.ts';
import { knownBook, loadBook, type Book } from './book.ts';
import { comparator, matches, writeFilter, type Filter } from './filter.ts';
import { changesSince, listPage } from './requests.ts';
import type { Expense } from './types.ts';

/** So many changes are caught up with one by one; beyond that the list is read anew. */
const patience = 200;
const kept: ExpenseList[] = [];
let reading: { key: string; list: Promise<ExpenseList> }[] = [];

/**
 * The list under one filter, as far as it has been read. Lists are kept for a while, so that whoever comes back finds
 * them as they were, and are brought up to date by the ledger's history instead of being read again.
 */
export class ExpenseList {
  rows: readonly Expense[] = $state.raw([]);
  /** Where the next page begins; null at the end of the list. */
  next: string | null = $state(null);
  loading = $state(false);
  /** Why there is nothing but what waits to be sent: no answer has come. */
  away: unknown = $state.raw();
  /** Why the next page did not come. */
  problem: unknown = $state.raw();
  readonly selected = new SvelteSet<string>();
  /** The row that the keys move. */
  active = $state(0);
  readonly key: string;
  readonly filter: Filter;
  book: Book;
  #seq: number;

  constructor(book: Book, filter: Filter) {
    this.book = book;
    this.filter = filter;
    this.key = book.ledger.id + writeFilter(filter);
    this.#seq = book.ledger.seq;
  }

  /** Reads the first page, and forgets all others. */
  async read() {
    const seq = this.book.ledger.seq;
    const page = await listPage(this.book.ledger.id, this.filter);
    this.rows = page.items;
    this.next = page.next;
    this.away = undefined;
    this.#seq = seq;
    this.#overlay();
  }

  /** Reads the first page, or shows just what waits as long as no answer is to be had. */
  async readOrWait() {
    try {
      await this.read();
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      this.away = cause;
      this.#overlay();
    }
  }

  /** Reads on, unless it is doing so already. */
  async more() {
    if (this.next === null || this.loading) return;
    this.loading = true;
    this.problem = undefined;
    try {
      const page = await listPage(this.book.ledger.id, this.filter, this.next);
      const last = this.rows.slice(-10).map(({ id }) => id);
      this.rows = this.rows.concat(page.items.filter(({ id }) => !last.includes(id)));
      this.next = page.next;
      this.#overlay();
    } catch (cause) {
      this.problem = cause;
    } finally {
      this.loading = false;
    }
  }

  /** Takes over what has happened in the ledger since it was read. */
  async catchUp(book: Book) {
    const since = this.#seq;
    this.book = book;
    if (this.away) return this.readOrWait();
    if (book.ledger.seq === since) return;
    if (book.ledger.seq - since > patience) return this.read();
    const { items, seq } = await changesSince(book.ledger.id, since);
    for (const { entity, after } of items) {
      if (entity === 'expense' && after) this.apply(after as unknown as Expense);
    }
    this.#seq = Math.max(this.#seq, items.at(-1)?.seq ?? seq);
  }

  /** Puts an expense where it belongs now: into its place, into another one, or out of the list. */
  apply(now: Expense) {
    // what the user has done to it and waits to be sent is what they see
    const mine = waiting.get(now.id)?.expected;
    const expense = mine ?? now;
    const at = this.rows.findIndex(({ id }) => id === expense.id);
    const before = this.rows[at];
    // what comes late from the history is older than what an answer brought
    if (before && !mine && before.version > expense.version) return;
    const rows = before ? this.rows.toSpliced(at, 1) : this.rows;
    if (!matches(expense, this.filter, this.book.categories)) {
      this.selected.delete(expense.id);
      this.#show(rows);
      return;
    }
    const place = this.#placeOf(expense, rows);
    // beyond what has been read it comes with its page
    if (place === rows.length && this.next !== null && !before) return;
    this.#show(rows.toSpliced(place, 0, expense));
  }

  remove(id: string) {
    this.selected.delete(id);
    this.#show(this.rows.filter((row) => row.id !== id));
  }

  #overlay() {
    const here = this.book.ledger.id;
    for (const { ledger_id, expected } of waiting.all) if (ledger_id === here) this.apply(expected);
  }

  /** The keys stay with their row, or with the one that takes its place. */
  #show(rows: readonly Expense[]) {
    const id = this.rows[this.active]?.id;
    const at = rows.findIndex((row) => row.id === id);
    this.active = at >= 0 ? at : Math.max(0, Math.min(this.active, rows.length - 1));
    this.rows = rows;
  }

  #placeOf(expense: Expense, rows: readonly Expense[]): number {
    const compare = comparator(this.filter.sort);
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = rows[middle];
      if (other && compare(other, expense) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The list under a filter: as it was left and up to date, or freshly read. Whoever asks at the same time gets the same. */
export async function openList(ledger_id: string, filter: Filter): Promise<ExpenseList> {
  const key = ledger_id + writeFilter(filter);
  const known = kept.find((list) => list.key === key);
  if (known) {
    keep(known);
    await known.catchUp(await loadBook(ledger_id)).catch(unlessPassing);
    return known;
  }
  let read = reading.find((one) => one.key === key)?.list;
  if (!read) {
    read = freshList(ledger_id, filter).finally(() => {
      reading = reading.filter((one) => one.key !== key);
    });
    reading.push({ key, list: read });
  }
  const list = await read;
  keep(list);
  return list;
}

function keep(list: ExpenseList) {
  const at = kept.indexOf(list);
  if (at >= 0) kept.splice(at, 1);
  kept.unshift(list);
  kept.length = Math.min(kept.length, 4);
}

async function freshList(ledger_id: string, filter: Filter): Promise<ExpenseList> {
  const known = knownBook(ledger_id);
  const list = new ExpenseList(known ?? (await loadBook(ledger_id)), filter);
  // both at once is safe where an older book is known: what has happened since is caught up with later
  const [book] = await Promise.all([known ? loadBook(ledger_id) : list.book, list.readOrWait()]);
  list.book = book;
  return list;
}

/** What is there already stays there while no answer is to be had. */
function unlessPassing(cause: unknown) {
  if (!isPassing(cause)) throw cause;
}

/** Shows an expense, as it now is, in every list that has a place for it. */
export function publish(ledger_id: string, ...expenses: Expense[]) {
  for (const list of kept.filter((one) => one.book.ledger.id === ledger_id)) {
    for (const expense of expenses) list.apply(expense);
  }
}

/** Takes an expense out of every list, as if it had never been. */
export function withdraw(id: string) {
  for (const list of kept) list.remove(id);
}

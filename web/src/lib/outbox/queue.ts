import { ApiProblem, isPassing } from '#lib/api/problem.ts';
import { soon } from '#lib/api/soon.ts';
import { keptBook, knownBook, loadBook, type Book } from '#lib/expenses/book.ts';
import { publish, withdraw } from '#lib/expenses/list.svelte.ts';
import { provisional } from '#lib/expenses/provisional.ts';
import { getExpense } from '#lib/expenses/requests.ts';
import type { Expense, ExpenseBody } from '#lib/expenses/types.ts';
import { session, signedInUser } from '#lib/session/session.svelte.ts';
import {
  attempted,
  combined,
  expectedOf,
  isUnseen,
  refused,
  settled,
  type Deed,
  type Edit,
} from './combine.ts';
import { send } from './send.ts';
import { changeEntry, entriesOf, isLosing, readEntries } from './shelf.ts';
import { sending, waiting, type Entry } from './waiting.svelte.ts';

const [firstPause, longestPause] = [1_000, 60_000];

type Message =
  | { kind: 'changed' }
  | { kind: 'arrived'; ledger_id: string; id: string; expense: Expense | undefined };

interface Answer {
  resolve: (expense: Expense) => void;
  reject: (cause: unknown) => void;
}

/**
 * Sends what has been done to expenses, in order and once, however long that takes: what has no answer yet is kept in the
 * browser, and outlasts the page. One tab sends at a time.
 */
class Queue {
  /** Told when something has arrived that nobody on this page waits for. */
  onarrived: (entry: Entry) => void = () => undefined;
  /** Told when something has arrived where somebody else had put it meanwhile: in the trash. */
  ontrashed: (ledger_id: string, expense: Expense) => void = () => undefined;
  #answers = new Map<string, Answer>();
  #held = new Set<string>();
  #channel: BroadcastChannel | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #pause = firstPause;
  /** Before that the server does not want to be asked again, in milliseconds since 1970. */
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #left: ReturnType<typeof setTimeout> | undefined;

  /** Shows what waits for the user and goes on sending it; gives what ends it. */
  begin(): () => void {
    const end = new AbortController();
    const { signal } = end;
    this.#channel = new BroadcastChannel('outlay-outbox');
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => void this.#told(data);
    const now = () => {
      if (document.visibilityState !== 'visible') return;
      this.#pause = firstPause;
      void this.flush();
    };
    addEventListener('online', now, { signal });
    document.addEventListener('visibilitychange', now, { signal });
    const warn = (event: Event) => {
      if (isLosing()) event.preventDefault();
    };
    addEventListener('beforeunload', warn, { signal });
    void this.#sync().then(() => this.flush());
    return () => {
      end.abort();
      clearTimeout(this.#timer);
      this.#until = 0;
      clearTimeout(this.#left);
      this.#left = undefined;
      this.#channel?.close();
      this.#channel = undefined;
      this.#answers.clear();
      waiting.all = [];
      Object.assign(sending, { stalled: false, busy: false, open: false, leaving: undefined });
    };
  }

  /**
   * Adds an expense, which looks as expected until the server says it; throws when it is refused, and keeps it then. What
   * goes on with an entry that has arrived meanwhile is joined with what has come of it.
   */
  async add(
    book: Book,
    id: string,
    body: ExpenseBody,
    whole: Promise<ExpenseBody>,
    before?: Entry,
  ): Promise<Expense> {
    const answer = new Promise<Expense>((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
    });
    this.hold(id);
    const heard = before?.id === id && before.body && !before.refusal && !waiting.get(id);
    const sent = heard && before.body ? { sent: [before.body] } : {};
    await this.#put(book, {
      action: 'create',
      body,
      ...sent,
      expected: provisional(book, id, body),
    });
    const known = await whole;
    if (known !== body) {
      const expected = provisional(book, id, known);
      await this.#change(id, (entry) => entry && { ...entry, body: known, expected });
    }
    this.release(id);
    return answer;
  }

  /** Keeps what could not be done for want of an answer, and gives what it will look like. */
  async keep(
    ledger_id: string,
    base: Expense,
    deed: Edit,
    tried: boolean,
    cause?: ApiProblem,
  ): Promise<Expense> {
    // what is known does, for where nothing answers it would be kept too late
    const book =
      knownBook(ledger_id) ?? (await keptBook(ledger_id)) ?? (await loadBook(ledger_id, soon()));
    const expected = expectedOf(book, base, deed);
    const sent = tried && 'body' in deed ? { sent: [deed.body] } : {};
    await this.#put(book, { ...deed, ...sent, base, expected, tried });
    // not at once: there has just been no answer
    if (tried) this.#stall(cause);
    else void this.flush();
    return expected;
  }

  /** Lets an entry be while somebody is at it. */
  hold(id: string) {
    this.#held.add(id);
  }

  release(id: string) {
    this.#held.delete(id);
    void this.flush();
  }

  /** Sends a refused entry once more; what others have done meanwhile is known to the user by now. */
  async retry(id: string) {
    await this.#change(id, (entry) => {
      if (!entry) return undefined;
      const { refusal, current, ...again } = entry;
      if (refusal?.code === 'trashed') return { ...again, revive: true };
      return current && entry.action === 'delete' ? { ...again, base: current } : again;
    });
    this.retryNow();
  }

  /** Gives up an entry; what may have arrived already is deleted again. */
  async discard(id: string) {
    const entry = waiting.get(id);
    if (!entry) return;
    if (entry.action === 'create' && entry.tried) {
      const expected = { ...entry.expected, deleted_at: new Date().toISOString() };
      const next = await this.#change(id, (now) =>
        combined(now, { ...entry, action: 'delete', expected }, 0),
      );
      if (next) return void this.flush();
    }
    await this.settle(id);
    const { base, ledger_id } = entry;
    if (entry.action === 'create') return;
    if (base) publish(ledger_id, base);
    await getExpense(ledger_id, id, soon()).then(
      (expense) => publish(ledger_id, expense),
      () => undefined,
    );
  }

  /** Puts a discarded entry back as it was. */
  async putBack(entry: Entry) {
    // what had been sent may have been deleted already
    const back = entry.action === 'create' ? { ...entry, revive: true } : entry;
    await this.#change(entry.id, (now) => ({
      ...back,
      revision: Math.max(now?.revision ?? 0, entry.revision) + 1,
    }));
    void this.flush();
  }

  /** Takes out an entry that has become something else: saved from the form, or added elsewhere. */
  async settle(id: string) {
    const entry = waiting.get(id);
    await this.#change(id, () => undefined);
    if (entry?.action === 'create') withdraw(id);
    this.#answers.get(id)?.reject(new ApiProblem({ status: 0, code: 'discarded' }));
    this.#answers.delete(id);
  }

  /** Sends without waiting any longer. */
  retryNow() {
    this.#pause = firstPause;
    this.#until = 0;
    void this.flush();
  }

  /** Sends what waits until nothing does, or no answer comes. */
  flush(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#turns().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #turns() {
    while (this.#again) {
      this.#again = false;
      // locks exist in secure contexts only; without them, ids and versions see to it that nothing is done twice
      const locks = globalThis.navigator?.locks as LockManager | undefined;
      await (locks ? locks.request('outlay-outbox', () => this.#drain()) : this.#drain());
    }
  }

  async #drain() {
    if (Date.now() < this.#until) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const user = session.user?.id;
    const done = new Set<string>();
    while (user && session.user?.id === user) {
      const ready = (entry: Entry) =>
        !entry.refusal && !this.#held.has(entry.id) && !done.has(`${entry.id} ${entry.revision}`);
      const entry = (await entriesOf(user)).find(ready);
      if (!entry) break;
      done.add(`${entry.id} ${entry.revision}`);
      if (!(await this.#attempt(entry))) return;
    }
    sending.stalled = this.#timer !== undefined;
  }

  /** Sends one entry; says whether to go on with the next. */
  async #attempt(entry: Entry): Promise<boolean> {
    const { id, ledger_id } = entry;
    await this.#change(id, (now) => now && attempted(now), true);
    try {
      const expense = await send(entry);
      const rest = await this.#change(id, (now) => settled(now, entry, expense), true);
      this.#pause = firstPause;
      this.#arrived(ledger_id, id, expense);
      this.#say({ kind: 'arrived', ledger_id, id, expense });
      if (!this.#answer(id, expense)) this.onarrived(rest ?? entry);
      if (!rest && expense && isUnseen(entry, expense)) this.ontrashed(ledger_id, expense);
      return true;
    } catch (cause) {
      // signed out, or not signed in any more: it waits for its user
      if (session.user?.id !== entry.user) return false;
      if (cause instanceof ApiProblem && cause.status === 401) return false;
      if (isPassing(cause)) {
        this.#stall(cause);
        // a fault of the server may be about this entry alone
        return cause.status === 500;
      }
      await this.#refused(entry, cause);
      return true;
    }
  }

  async #refused(entry: Entry, cause: unknown) {
    await this.#change(entry.id, (now) => refused(now, entry, cause));
    this.#answers.get(entry.id)?.reject(cause);
    this.#answers.delete(entry.id);
  }

  /** Waits before the next attempt, and never less than the server says. */
  #stall(cause?: ApiProblem) {
    const told = (cause?.retryAfter ?? 0) * 1_000;
    sending.busy = cause?.status === 429 || cause?.status === 503;
    // what passes within a second is not worth a word
    sending.stalled ||= !sending.busy || this.#pause > firstPause || told > firstPause;
    clearTimeout(this.#timer);
    // not all browsers at the same moment, where a server comes back to many
    const pause = Math.max(told, this.#pause * 0.75) + (this.#pause * Math.random()) / 2;
    this.#until = told > 0 ? Date.now() + told : 0;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#until = 0;
      void this.flush();
    }, pause);
    this.#pause = Math.min(this.#pause * 2, longestPause);
  }

  async #put(book: Book, deed: Omit<Deed, 'id' | 'user' | 'ledger_id' | 'ledger_name'>) {
    const { id: ledger_id, name: ledger_name } = book.ledger;
    const { id } = deed.expected;
    const whole: Deed = { ...deed, id, user: signedInUser().id, ledger_id, ledger_name };
    // shown at once, kept as soon as the browser has got round to it
    this.#show(id, combined(waiting.get(id), whole, this.#next()));
    await this.#change(id, (entry) => combined(entry, whole, this.#next()));
  }

  /** Behind all that waits, also where clocks go back. */
  #next(): number {
    return Math.max(Date.now(), ...waiting.all.map(({ at }) => at + 1));
  }

  async #change(
    id: string,
    change: (entry: Entry | undefined) => Entry | undefined,
    silent = false,
  ): Promise<Entry | undefined> {
    const user = waiting.get(id)?.user ?? signedInUser().id;
    const entry = await changeEntry(user, id, change);
    this.#show(id, entry);
    if (!silent) this.#say({ kind: 'changed' });
    return entry;
  }

  #show(id: string, entry: Entry | undefined) {
    const before = waiting.get(id);
    if (!entry) {
      waiting.delete(id);
      return;
    }
    if (session.user?.id !== entry.user) return;
    waiting.set(entry);
    if (before?.expected !== entry.expected) publish(entry.ledger_id, entry.expected);
  }

  #arrived(ledger_id: string, id: string, expense: Expense | undefined) {
    if (expense) publish(ledger_id, expense);
    else withdraw(id);
  }

  #answer(id: string, expense: Expense | undefined): boolean {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (expense) answer?.resolve(expense);
    return answer !== undefined;
  }

  /** Reads again what waits: another tab has written it, or this one before it was closed. */
  async #sync() {
    const user = session.user?.id;
    if (!user) return;
    const entries = await readEntries(user);
    // what cannot be read is not gone
    if (!entries) return;
    for (const { id, base, ledger_id } of waiting.all) {
      if (entries.some((entry) => entry.id === id)) continue;
      waiting.delete(id);
      if (base) publish(ledger_id, base);
      else withdraw(id);
    }
    for (const entry of entries) this.#show(entry.id, entry);
  }

  #say(message: Message) {
    this.#channel?.postMessage(message);
  }

  /** Does for this tab what another has told it. */
  async #told(message: Message) {
    await this.#sync();
    // the other tab may be closed before it has sent it; as long as it is there, it goes first
    if (waiting.all.some(({ refusal }) => !refusal))
      this.#left ??= setTimeout(() => {
        this.#left = undefined;
        void this.flush();
      }, longestPause);
    if (message.kind === 'changed') return;
    const { ledger_id, id, expense } = message;
    this.#arrived(ledger_id, id, expense);
    this.#answer(id, expense);
  }
}

export const queue = new Queue();

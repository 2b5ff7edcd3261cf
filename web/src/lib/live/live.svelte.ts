import { api, signedFetch, signedOnce } from '#lib/api/client.ts';
import { apiOrigin } from '#lib/api/base.ts';
import { ApiProblem, problemFrom } from '#lib/api/problem.ts';
import { soon } from '#lib/api/soon.ts';
import type { components } from '#lib/api/schema.ts';
import { parseEvents, type LiveEvent } from './parse.ts';
import { firstWait, nextWait } from './patience.ts';

type LedgerEvent = components['schemas']['LedgerEvent'];
type PresenceEvent = components['schemas']['PresenceEvent'];
type StreamEvent = components['schemas']['StreamEvent'];
export type Person = components['schemas']['Person'];

/** Somebody has done something in a ledger. */
export type Heard = Omit<LedgerEvent, 'seq'>;

/** The list of ledgers as the page has read it, before anything else it shows of them. */
type ReadList = () => readonly { id: string; seq: number }[] | undefined;

/** Said again before the server forgets it. */
const lookEvery = 20_000;

/**
 * The one event stream of this page, for all ledgers of the user. An event says that something has changed: what is shown
 * of that ledger is read again. What was missed heals by itself, because each stream begins with the ledgers' numbers.
 */
class Live {
  /** What is to be read again, as soon as nobody is on the way to another page. */
  due: readonly string[] = $state.raw([]);
  /** How far each ledger has come since the page was read, where it has. */
  heard: Record<string, number> = $state.raw({});
  /** Who is looking, by ledger; somebody in several tabs may be there more than once. */
  people: Record<string, readonly Person[]> = $state.raw({});
  #seqs = new Map<string, number>();
  #list: ReadList = () => undefined;
  #stream: string | undefined;
  #looking: { ledger_id: string; expense_id: string | null } | undefined;
  #said: Promise<void> = Promise.resolve();

  /** Listens until the signal; `onheard` is told what others have done. */
  async listen(signal: AbortSignal, onheard: (heard: Heard) => void, list: ReadList) {
    this.#list = list;
    let wait = firstWait;
    while (!signal.aborted) {
      const began = performance.now();
      let told = 0;
      const reason = await this.#read(signal, onheard).catch((cause: unknown) => {
        told = ((cause instanceof ApiProblem && cause.retryAfter) || 0) * 1_000;
        return undefined;
      });
      this.#stream = undefined;
      this.people = {};
      if (signal.aborted || reason === 'signed_out') return;
      wait = nextWait(wait, reason, performance.now() - began);
      await visible(signal);
      // not all at the same moment, where a server comes back to many
      await pause(told + wait * (0.5 + Math.random() / 2), signal);
    }
  }

  /**
   * Says which ledger is looked at, and which expense is open in the editor; again and again, until the signal. Whoever is
   * gone with the page is gone with the stream.
   */
  look(ledger_id: string | undefined, expense_id: string | null, signal: AbortSignal) {
    const before = this.#looking?.ledger_id;
    if (before !== undefined && before !== ledger_id) this.#leave(before);
    this.#looking = ledger_id === undefined ? undefined : { ledger_id, expense_id };
    this.#tell();
    const timer = setInterval(() => {
      this.#tell();
    }, lookEvery);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
    });
  }

  async #read(signal: AbortSignal, onheard: (heard: Heard) => void) {
    const request = new Request(`${apiOrigin || location.origin}/api/v1/events`, {
      headers: { accept: 'text/event-stream' },
      credentials: apiOrigin ? 'include' : 'same-origin',
      signal,
    });
    const response = await signedFetch(request);
    const { ok, body } = response;
    if (!ok || !body) throw problemFrom(response, undefined);
    let [reason, rest] = [undefined as string | undefined, ''];
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return reason;
      const parsed = parseEvents(rest + value);
      rest = parsed.rest;
      for (const event of parsed.events) reason = this.#take(event, onheard) ?? reason;
    }
  }

  /** Acts on an event; gives why the stream ends, where it says so. */
  #take({ event, data }: LiveEvent, onheard: (heard: Heard) => void): string | undefined {
    if (event === 'ledgers') this.#owe('me:ledgers');
    else if (event === 'ledger') this.#heard(JSON.parse(data) as LedgerEvent, onheard);
    else if (event === 'presence') {
      const { ledger_id, people } = JSON.parse(data) as PresenceEvent;
      this.people = { ...this.people, [ledger_id]: people };
    } else if (event === 'stream') {
      this.#begin(JSON.parse(data) as StreamEvent);
    } else if (event === 'end') return (JSON.parse(data) as { reason: string }).reason;
    return undefined;
  }

  #begin({ stream_id, ledgers }: StreamEvent) {
    this.#stream = stream_id;
    this.#tell();
    const listed = new Set(this.#list()?.map(({ id }) => id));
    if (ledgers.length !== listed.size || ledgers.some((id) => !listed.has(id)))
      this.#owe('me:ledgers');
  }

  #heard({ seq, ...heard }: LedgerEvent, onheard: (heard: Heard) => void) {
    const { ledger_id } = heard;
    const known =
      this.#seqs.get(ledger_id) ?? this.#list()?.find(({ id }) => id === ledger_id)?.seq;
    this.#seqs.set(ledger_id, Math.max(known ?? 0, seq));
    if (known === undefined || seq <= known) return;
    this.heard = { ...this.heard, [ledger_id]: seq };
    this.#owe(`ledger:${ledger_id}`);
    // among what was missed may be the ledger's name, of which a stream tells by an event of its own
    if (!heard.actor || seq > known + 1) this.#owe('me:ledgers');
    onheard(heard);
  }

  #owe(dependency: string) {
    if (!this.due.includes(dependency)) this.due = [...this.due, dependency];
  }

  #tell() {
    this.#inTurn(async () => {
      const { ledger_id, expense_id } = this.#looking ?? {};
      if (!ledger_id || !this.#stream || document.visibilityState === 'hidden') return;
      await api.PUT('/api/v1/ledgers/{ledger_id}/presence', {
        params: { path: { ledger_id } },
        body: { stream_id: this.#stream, expense_id: expense_id ?? null },
        signal: soon(),
        fetch: signedOnce,
      });
    });
  }

  #leave(ledger_id: string) {
    this.#inTurn(async () => {
      if (!this.#stream) return;
      await api.DELETE('/api/v1/ledgers/{ledger_id}/presence', {
        params: { path: { ledger_id }, query: { stream_id: this.#stream } },
        signal: soon(),
        fetch: signedOnce,
      });
    });
  }

  /** One after the other: of two on the way at once the older might arrive last. What fails is said again in a while. */
  #inTurn(say: () => Promise<void>) {
    this.#said = this.#said.then(say).catch(() => undefined);
  }
}

export const live = new Live();

/** Waits until somebody can see the page: a tab in the background needs no stream again and again. */
function visible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      resolve();
    };
    document.addEventListener('visibilitychange', done, { once: true, signal });
    signal.addEventListener('abort', done, { once: true });
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    addEventListener('online', done, { once: true, signal });
  });
}

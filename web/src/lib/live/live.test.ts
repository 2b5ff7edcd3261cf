import { afterEach, expect, test, vi } from 'vitest';

const answers: (string | ReadableStream)[] = [];
const said: { expense_id: string | null; answer: () => void }[] = [];
vi.mock('#lib/api/client.ts', () => ({
  api: {
    PUT: (_: string, { body }: { body: { expense_id: string | null } }) =>
      new Promise<void>((resolve) => said.push({ expense_id: body.expense_id, answer: resolve })),
  },
  signedFetch: () => Promise.resolve(new Response(answers.shift() ?? '')),
  signedOnce: undefined,
}));
vi.mock('#lib/api/base.ts', () => ({ apiOrigin: 'http://outlay.test' }));

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const stream = (...ledgers: string[]) => event('stream', { stream_id: 'one', ledgers });
const flat = (seq: number, actor: string | null = null) =>
  event('ledger', { ledger_id: 'flat', seq, actor, name: actor });

/** The stream of a page that has just been opened. */
async function opened() {
  vi.resetModules();
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
  vi.stubGlobal('addEventListener', () => undefined);
  const { live } = await import('./live.svelte.ts');
  return live;
}

/** What is to be read again after these events, where the page had read the ledger called flat up to its second change. */
async function dueAfter(...events: string[]) {
  const live = await opened();
  answers.push(events.join('') + event('end', { reason: 'signed_out' }));
  await live.listen(
    new AbortController().signal,
    () => undefined,
    () => [{ id: 'flat', seq: 2 }],
  );
  return live.due;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test('what the page has read is not read again by what a stream begins with', async () => {
  expect(await dueAfter(stream('flat'), flat(2))).toEqual([]);
});

test('what was written between the reading of the page and the first event is read again, the name of the ledger too', async () => {
  expect(await dueAfter(stream('flat'), flat(3))).toEqual(['ledger:flat', 'me:ledgers']);
});

test('the next change of a ledger leaves the list of ledgers as it is', async () => {
  expect(await dueAfter(stream('flat'), flat(2), flat(3, 'Bert'))).toEqual(['ledger:flat']);
});

test('a change after one that was missed reads the list of ledgers again', async () => {
  expect(await dueAfter(stream('flat'), flat(4, 'Bert'))).toEqual(['ledger:flat', 'me:ledgers']);
});

test('a ledger that came or went before the stream began reads the list of ledgers again', async () => {
  expect(await dueAfter(stream('flat', 'trip'), flat(2))).toEqual(['me:ledgers']);
  expect(await dueAfter(stream())).toEqual(['me:ledgers']);
});

test('what one looks at is said one after the other, so that the last to be said is the last to arrive', async () => {
  const live = await opened();
  const end = new AbortController();
  live.look('flat', null, end.signal);
  const open = new ReadableStream({
    start: (body) => {
      body.enqueue(new TextEncoder().encode(stream('flat')));
    },
  });
  answers.push(open);
  void live.listen(
    end.signal,
    () => undefined,
    () => [{ id: 'flat', seq: 2 }],
  );
  await vi.waitFor(() => {
    expect(said).toHaveLength(1);
  });
  live.look('flat', 'lunch', end.signal);
  await Promise.resolve();
  expect(said).toHaveLength(1);
  said[0]?.answer();
  await vi.waitFor(() => {
    expect(said.at(-1)?.expense_id).toBe('lunch');
  });
  end.abort();
});

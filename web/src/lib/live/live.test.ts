import { afterEach, expect, test, vi } from 'vitest';

const answers: string[] = [];
vi.mock('#lib/api/client.ts', () => ({
  api: {},
  signedFetch: () => Promise.resolve(new Response(answers.shift() ?? '')),
}));
vi.mock('#lib/api/base.ts', () => ({ apiOrigin: 'http://outlay.test' }));

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const stream = (...ledgers: string[]) => event('stream', { stream_id: 'one', ledgers });
const flat = (seq: number, actor: string | null = null) =>
  event('ledger', { ledger_id: 'flat', seq, actor, name: actor });

/** What is to be read again after these events, where the page had read the ledger called flat up to its second change. */
async function dueAfter(...events: string[]) {
  vi.resetModules();
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
  vi.stubGlobal('addEventListener', () => undefined);
  const { live } = await import('./live.svelte.ts');
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

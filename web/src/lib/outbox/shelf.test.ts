import 'fake-indexeddb/auto';
import { afterEach, expect, test, vi } from 'vitest';
import { changeEntry, clearEntries, entriesOf, isLosing, readEntries } from './shelf.ts';
import type { Entry } from './waiting.svelte.ts';

const entry = { id: 'a', user: 'ada', ledger_id: 'own', at: 1, revision: 1 } as Entry;
const opened: IDBOpenDBRequest[] = [];
const open = indexedDB.open.bind(indexedDB);
vi.spyOn(indexedDB, 'open').mockImplementation((...asked) => {
  const request = open(...asked);
  opened.push(request);
  return request;
});

afterEach(async () => {
  vi.restoreAllMocks();
  await clearEntries('ada');
});

test('a connection that the browser has closed is opened again', async () => {
  await changeEntry('ada', 'a', () => entry);
  opened.at(-1)?.result.close();
  expect(await entriesOf('ada')).toEqual([entry]);
  opened.at(-1)?.result.close();
  await changeEntry('ada', 'a', (now) => now && { ...now, revision: 2 });
  expect(isLosing()).toBe(false);
  expect((await entriesOf('ada')).map(({ revision }) => revision)).toEqual([2]);
});

test('what cannot be read is not said to be gone', async () => {
  await changeEntry('ada', 'a', () => entry);
  vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(() => {
    throw new DOMException('', 'UnknownError');
  });
  expect(await readEntries('ada')).toBeUndefined();
});

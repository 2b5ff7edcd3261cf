import { expect, it, vi } from 'vitest';
import { openList } from './list.svelte.ts';

const ledger = { id: 'flat', seq: 1 };
const book = { ledger, categories: [], members: [] };
vi.mock('./book.ts', () => ({
  knownBook: () => undefined,
  loadBook: () => Promise.resolve(book),
}));
const listPage = vi.fn(() => Promise.resolve({ items: [], next: null }));
vi.mock('./requests.ts', () => ({
  listPage: () => listPage(),
  changesSince: () => Promise.resolve({ items: [], seq: 1 }),
}));

it('is one list, read once, for all who ask for it at the same time, and for who comes back', async () => {
  const filter = { sort: '-spent_on' as const };
  const [one, other] = await Promise.all([openList('flat', filter), openList('flat', filter)]);
  expect(other).toBe(one);
  expect(listPage).toHaveBeenCalledTimes(1);
  const again = await Promise.all([openList('flat', filter), openList('flat', filter)]);
  expect(again).toEqual([one, one]);
  expect(listPage).toHaveBeenCalledTimes(1);
});

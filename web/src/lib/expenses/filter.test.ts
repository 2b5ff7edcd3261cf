import { expect, test } from 'vitest';
import { goneFilters, readFilter } from './filter.ts';

const read = (query: string) => readFilter(new URLSearchParams(query));
const id = '01981c3e-5a1b-7c3d-8e4f-0123456789ab';

test('an address says what the list shows', () => {
  const query = `from=2026-01-01&to=2026-02-28&category_id=${id}&min=-500&tag=trip&sort=amount`;
  expect(read(query)).toEqual({
    from: '2026-01-01',
    to: '2026-02-28',
    category_id: id,
    min: -500,
    tag: 'trip',
    sort: 'amount',
  });
  expect(read('category_id=none')).toEqual({ category_id: 'none', sort: '-spent_on' });
});

test.each([
  'from=0002-03-01',
  'to=2026-02-31',
  'from=yesterday',
  'category_id=0123456789-0123456789-0123456789-abc',
  'member_id=me',
  'min=9999999999999999',
  'max=12.5',
  'kind=gift',
  'sort=payee',
])('what the server would refuse is left out: %s', (query) => {
  expect(read(query)).toEqual({ sort: '-spent_on' });
});

test('what is not in the ledger any more is told apart from what nothing fits', () => {
  const book = { categories: [{ id }], members: [] } as unknown as Parameters<
    typeof goneFilters
  >[1];
  expect(goneFilters(read(`category_id=${id}`), book)).toEqual([]);
  expect(goneFilters(read('category_id=none'), book)).toEqual([]);
  expect(goneFilters(read(`member_id=${id}`), book)).toEqual(['member_id']);
});

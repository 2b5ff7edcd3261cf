import { expect, it } from 'vitest';
import { comparator, matches, readFilter, withFilter, writeFilter } from './filter.ts';
import { layOut, topOf, visible } from './layout.ts';
import type { Category, Expense } from './types.ts';

const expense = (change: Partial<Expense>) =>
  ({
    id: 'a',
    kind: 'expense',
    spent_on: '2026-05-13',
    ledger_amount: 1250,
    payee: 'Bakery',
    note: '',
    category_id: 'bread',
    tags: ['Trip'],
    shares: [],
    deleted_at: null,
    ...change,
  }) as unknown as Expense;
const categories = [{ id: 'bread', parent_id: 'food' }] as Category[];

it('reads filters from an address and writes them back', () => {
  const address = '?from=2026-01-01&tag=trip&min=100&q=dent%C3%ADst&deleted=true&sort=-amount';
  expect(writeFilter(readFilter(new URLSearchParams(address)))).toBe(address);
  expect(writeFilter(readFilter(new URLSearchParams('from=soon&min=x&sort=up&q=%20')))).toBe('');
});

it('lets a filter go', () => {
  const filter = readFilter(new URLSearchParams('tag=trip&q=x'));
  expect(writeFilter(withFilter(filter, { tag: undefined }))).toBe('?q=x');
});

it.each([
  ['tag=trip', true],
  ['tag=home', false],
  ['category_id=00000000-0000-0000-0000-000000000000', false],
  ['category_id=none', false],
  ['q=BAKE', true],
  ['min=1251', false],
  ['max=1250', true],
  ['kind=income', false],
  ['deleted=true', false],
  ['from=2026-05-14', false],
])('knows what the list lets through: %s', (query, through) => {
  expect(matches(expense({}), readFilter(new URLSearchParams(query)), categories)).toBe(through);
});

it('counts a child to its parent', () => {
  const filter = { sort: '-spent_on' as const, category_id: 'food' };
  expect(matches(expense({}), filter, categories)).toBe(true);
});

it('orders by date and then by id, newest first', () => {
  const rows = [
    expense({ id: '1' }),
    expense({ id: '3', spent_on: '2026-05-12' }),
    expense({ id: '2' }),
  ];
  const ids = rows.toSorted(comparator('-spent_on')).map(({ id }) => id);
  expect(ids).toEqual(['2', '1', '3']);
});

it('finds the rows between two heights', () => {
  const rows = ['3', '3', '2', '1', '1', '1'].map((spent_on) => ({ spent_on }));
  const layout = layOut(rows, { row: 10, day: 5 });
  expect(layout.height).toBe(75);
  expect([0, 1, 2, 3, 5].map((row) => topOf(layout, row))).toEqual([5, 15, 30, 45, 65]);
  const shown = visible(layout, 16, 50).map(({ group, first, end }) => [group.date, first, end]);
  expect(shown).toEqual([
    ['3', 1, 2],
    ['2', 2, 3],
    ['1', 3, 4],
  ]);
  expect(visible(layOut([], { row: 10, day: 5 }), 0, 100)).toEqual([]);
});

it('lays a hundred thousand rows out within a frame', () => {
  const rows = Array.from({ length: 100_000 }, (_, at) => ({ spent_on: String(at >> 4) }));
  const layout = layOut(rows, { row: 10, day: 5 });
  expect(visible(layout, 500_000, 500_900).flatMap(({ first, end }) => end - first)).toHaveLength(
    6,
  );
  expect(topOf(layout, 99_999)).toBe(layout.height - 10);
});

import { expect, test } from 'vitest';
import { categoryRows, distinctColors, nameRows } from './rows.ts';

const category = (id: string, parent_id: string | null = null) => ({
  id,
  parent_id,
  name: id.toUpperCase(),
  icon: null,
  color: '#4d7cc3',
  archived_at: null,
  version: 1,
});
const categories = [category('food'), category('bread', 'food'), category('rent')];
const wording = {
  none: 'No category',
  itself: (name: string) => `${name} itself`,
  href: (id: string) => `/${id}`,
};
const rows = [
  { category_id: 'bread', total: 300, count: 2 },
  { category_id: 'food', total: 50, count: 1 },
  { category_id: 'rent', total: 900, count: 1 },
  { category_id: null, total: 7, count: 1 },
];

test('a category has what its children have, and itself among them', () => {
  const [rent, food, none] = categoryRows(rows, undefined, categories, wording);
  expect(rent).toMatchObject({ label: 'RENT', total: 900, before: undefined, children: [] });
  expect(food).toMatchObject({ label: 'FOOD', total: 350, count: 3 });
  expect(food?.children.map(({ label, total }) => [label, total])).toEqual([
    ['BREAD', 300],
    ['FOOD itself', 50],
  ]);
  expect(none).toMatchObject({ label: 'No category', href: '/none', total: 7 });
});

test('what was there only before is there with nothing', () => {
  const before = [{ category_id: 'bread', total: 120, count: 1 }];
  const found = categoryRows([], before, categories, wording);
  expect(found).toMatchObject([{ label: 'FOOD', total: 0, before: 120, count: 0 }]);
});

test('within one category, its children stand for themselves', () => {
  const found = categoryRows(rows.slice(0, 2), undefined, categories, wording, 'food');
  expect(found.map(({ label, children }) => [label, children.length])).toEqual([
    ['BREAD', 0],
    ['FOOD', 0],
  ]);
});

test('two categories of one colour are told apart in a picture', () => {
  const found = categoryRows(rows, undefined, categories, wording);
  const colors = [...distinctColors(found).values()];
  expect(new Set(colors).size).toBe(colors.length);
  expect(colors[0]).toBe('#4d7cc3');
});

test('expenses without a tag are a row that leads nowhere', () => {
  const found = nameRows(
    [
      { tag: 'tax', total: 5, count: 1 },
      { tag: null, total: 90, count: 4 },
    ],
    undefined,
    'tag',
    'No tag',
    (tag) => `/?tag=${tag}`,
  );
  expect(found.map(({ label, href }) => [label, href])).toEqual([
    ['No tag', undefined],
    ['tax', '/?tag=tax'],
  ]);
});

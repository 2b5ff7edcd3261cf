import { expect, test } from 'vitest';
import type { Category } from '#lib/api/types.ts';
import { chosenFor, mappingWith, namesake, unsaved, type Mapping } from './mapping.ts';

function category(id: string, name: string, archived_at: string | null = null): Category {
  return { id, name, parent_id: null, icon: null, color: null, archived_at, version: 1 };
}

const mapping: Mapping = {
  rate: '0.0062',
  version: 3,
  categories: [
    { category_id: 'inns', own_category_id: 'travel' },
    { category_id: 'food', own_category_id: 'home' },
  ],
};

test('a category counts as the one of the same name, however it is written', () => {
  expect(namesake([category('1', 'ÄPFEL')], 'Äpfel')?.id).toBe('1');
});

test('an archived category of the same name takes nothing new', () => {
  expect(namesake([category('1', 'Food', '2026-01-01T00:00:00Z')], 'Food')).toBeUndefined();
});

test('what was just chosen stands before what was saved', () => {
  expect(chosenFor(mapping, {}, 'inns')).toBe('travel');
  expect(chosenFor(mapping, { inns: '' }, 'inns')).toBe('');
  expect(chosenFor(mapping, {}, 'else')).toBe('');
});

test('saving leaves alone what was not touched', () => {
  expect(mappingWith(mapping, { food: '', trains: 'travel' }, null)).toEqual({
    rate: null,
    categories: [
      { category_id: 'inns', own_category_id: 'travel' },
      { category_id: 'trains', own_category_id: 'travel' },
    ],
  });
});

test('what is chosen while something is being saved is still to be saved', () => {
  const sent = { inns: 'home', food: '' };
  expect(unsaved({ ...sent, food: 'travel', trains: '' }, sent)).toEqual({
    food: 'travel',
    trains: '',
  });
  expect(unsaved(sent, sent)).toEqual({});
});

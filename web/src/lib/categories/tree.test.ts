import { describe, expect, test } from 'vitest';
import type { Category } from '#lib/api/types.ts';
import { collision } from './save.ts';
import { fullName, mergeTargets, treeOf } from './tree.ts';

function category(id: string, more: Partial<Category> = {}): Category {
  return {
    id,
    name: id,
    parent_id: null,
    icon: null,
    color: null,
    archived_at: null,
    version: 1,
    ...more,
  };
}

const archived_at = '2026-01-01T00:00:00Z';

describe('the tree', () => {
  test('stands in the order of the language, roots with what is below them', () => {
    const all = [category('Zug'), category('Äpfel'), category('Bus', { parent_id: 'Zug' })];
    const { branches } = treeOf(all, 'de');
    expect(branches.map(({ root }) => root.id)).toEqual(['Äpfel', 'Zug']);
    expect(branches[1]?.children.map(({ id }) => id)).toEqual(['Bus']);
  });

  test('keeps an archived root for as long as something below it is in use', () => {
    const root = category('Travel', { archived_at });
    const child = category('Hotel', { parent_id: 'Travel' });
    expect(treeOf([root, child], 'en').branches).toHaveLength(1);
    expect(treeOf([root, { ...child, archived_at }], 'en').branches).toHaveLength(0);
    expect(treeOf([root, { ...child, archived_at }], 'en').archived).toHaveLength(2);
  });

  test('names a category with its root', () => {
    const child = category('Hotel', { parent_id: 'Travel' });
    expect(fullName([category('Travel'), child], child)).toBe('Travel › Hotel');
  });
});

describe('merging', () => {
  const all = [
    category('Food'),
    category('Travel'),
    category('Hotel', { parent_id: 'Travel' }),
    category('Old', { archived_at }),
  ];

  test('takes what has children only to other roots', () => {
    const targets = mergeTargets(all, category('Travel'));
    expect(targets.map(({ id }) => id)).toEqual(['Food']);
  });

  test('takes a leaf anywhere that is in use', () => {
    const targets = mergeTargets(all, category('Food'));
    expect(targets.map(({ id }) => id)).toEqual(['Travel', 'Hotel']);
  });
});

describe('two people changing one category', () => {
  const base = category('Food', { color: '#111111' });

  test('do not collide over different things', () => {
    expect(collision(base, { name: 'Meals' }, { ...base, color: '#222222', version: 2 })).toBe(
      false,
    );
  });

  test('do not collide over the same wish', () => {
    expect(collision(base, { name: 'Meals' }, { ...base, name: 'Meals', version: 2 })).toBe(false);
  });

  test('collide over one thing with two wishes', () => {
    expect(collision(base, { name: 'Meals' }, { ...base, name: 'Eating', version: 2 })).toBe(true);
  });

  test('see archiving as a thing of its own', () => {
    expect(collision(base, { archived: true }, { ...base, name: 'Eating', version: 2 })).toBe(
      false,
    );
  });
});

import { expect, test } from 'vitest';
import { nextOption } from './combobox.ts';

function walk(from: number, steps: (1 | -1)[], count: number, none: boolean): number[] {
  let active = from;
  return steps.map((step) => (active = nextOption(active, step, count, none)));
}

test('where one of the options is wanted, the arrows never leave them', () => {
  expect(walk(0, [1, 1, -1], 1, false)).toEqual([0, 0, 0]);
  expect(walk(0, [1, 1, 1, -1], 3, false)).toEqual([1, 2, 0, 2]);
  expect(walk(-1, [1], 3, false)).toEqual([0]);
  expect(walk(-1, [-1], 3, false)).toEqual([2]);
});

test('where any text may stand, the arrows come by it', () => {
  expect(walk(-1, [1, 1, 1, -1], 2, true)).toEqual([0, 1, -1, 1]);
});

test('without options there is none', () => {
  expect(nextOption(0, 1, 0, false)).toBe(-1);
});

import { expect, test } from 'vitest';
import { axisOf, percent } from './axis.ts';

test('an axis begins at zero and ends at a round number', () => {
  const axis = axisOf([123_456, 98_000]);
  expect(axis.min).toBe(0);
  expect(axis.max).toBe(150_000);
  expect(axis.ticks).toEqual([0, 50_000, 100_000, 150_000]);
});

test('refunds that outweigh what was spent lie below zero', () => {
  const axis = axisOf([50_000, -12_000]);
  expect(axis.min).toBe(-20_000);
  expect(percent(axis, axis.min)).toBe(0);
  expect(percent(axis, axis.max)).toBe(100);
  expect(axis.ticks).toContain(0);
});

test('a little below zero takes no whole step', () => {
  const axis = axisOf([300_000, -4_000]);
  expect(axis.min).toBe(-5_000);
  expect(axis.ticks[0]).toBe(0);
});

test('an axis without spending is still an axis', () => {
  const axis = axisOf([0, 0]);
  expect(axis.ticks).toEqual([0]);
  expect(percent(axis, 0)).toBe(0);
});

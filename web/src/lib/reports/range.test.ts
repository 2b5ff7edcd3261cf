import { describe, expect, test } from 'vitest';
import {
  compared,
  daysOf,
  grainOf,
  isSpan,
  sameDay,
  spanOf,
  stepped,
  stepsOf,
  wholeMonths,
} from './range.ts';

const now = '2026-11-22';

function span(text: string) {
  const [from = '', to = ''] = text.split('..');
  return { from, to };
}

test('presets are whole months around today', () => {
  expect(spanOf('month', now)).toEqual(span('2026-11-01..2026-11-30'));
  expect(spanOf('last-month', '2026-01-31')).toEqual(span('2025-12-01..2025-12-31'));
  expect(spanOf('quarter', now)).toEqual(span('2026-10-01..2026-12-31'));
  expect(spanOf('quarter', '2026-03-31')).toEqual(span('2026-01-01..2026-03-31'));
  expect(spanOf('12-months', now)).toEqual(span('2025-12-01..2026-11-30'));
});

test('a range steps by its own length', () => {
  expect(stepped(span('2026-03-01..2026-03-31'), -1)).toEqual(span('2026-02-01..2026-02-28'));
  expect(stepped(span('2026-01-01..2026-12-31'), 1)).toEqual(span('2027-01-01..2027-12-31'));
  expect(stepped(span('2026-03-10..2026-03-16'), -1)).toEqual(span('2026-03-03..2026-03-09'));
});

describe('comparing', () => {
  test('a range that is over has its whole counterpart, as the server has it', () => {
    expect(compared(span('2026-03-01..2026-03-31'), 'previous', now)).toEqual(
      span('2026-02-01..2026-02-28'),
    );
    expect(compared(span('2025-02-01..2025-02-28'), 'year', now)).toEqual(
      span('2024-02-01..2024-02-29'),
    );
    expect(compared(span('2026-03-10..2026-03-16'), 'year', now)).toEqual(
      span('2025-03-10..2025-03-16'),
    );
  });

  test('one that is not over yet is compared up to the same point', () => {
    expect(compared(spanOf('month', now), 'previous', now)).toEqual(span('2026-10-01..2026-10-22'));
    expect(compared(spanOf('year', now), 'year', now)).toEqual(span('2025-01-01..2025-11-22'));
    expect(compared(span('2026-03-01..2026-03-31'), 'previous', '2026-03-30')).toEqual(
      span('2026-02-01..2026-02-28'),
    );
  });
});

test('a day that a month does not have is its last', () => {
  expect(sameDay('2026-03-31', -1)).toBe('2026-02-28');
  expect(sameDay('2024-02-29', -12)).toBe('2023-02-28');
});

test('whole months are counted, anything else is not', () => {
  expect(wholeMonths(span('2026-10-01..2026-12-31'))).toBe(3);
  expect(wholeMonths(span('2026-10-02..2026-12-31'))).toBeUndefined();
});

test('the axis of time is as fine as the range is short', () => {
  expect(grainOf(span('2026-10-01..2026-11-30'))).toBe('day');
  expect(grainOf(spanOf('12-months', now))).toBe('month');
  expect(grainOf(span('2010-01-01..2026-12-31'))).toBe('year');
  expect(stepsOf(span('2025-12-15..2026-02-03'), 'month')).toEqual([
    '2025-12',
    '2026-01',
    '2026-02',
  ]);
});

test('a step has the days that are within the range', () => {
  expect(daysOf('2025-12', span('2025-12-15..2026-02-03'))).toEqual(span('2025-12-15..2025-12-31'));
  expect(daysOf('2026-02-01', span('2025-12-15..2026-02-03'))).toEqual(
    span('2026-02-01..2026-02-01'),
  );
  expect(daysOf('2026', span('2025-12-15..2026-02-03'))).toEqual(span('2026-01-01..2026-02-03'));
});

test.each([
  '0002-03-01..2026-03-31',
  '2026-03-31..2026-03-01',
  '2026-02-31..2026-03-01',
  '1970-01-01..2020-01-01',
])('there is no report on %s', (text) => {
  expect(isSpan(span(text))).toBe(false);
});

test('there is one on fifty years, and on a single day', () => {
  expect(isSpan(span('1970-01-01..2019-12-31'))).toBe(true);
  expect(isSpan(span('2024-02-29..2024-02-29'))).toBe(true);
});

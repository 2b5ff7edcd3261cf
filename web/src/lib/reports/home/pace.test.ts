import { expect, test } from 'vitest';
import { paceOf } from './pace.ts';

const href = (day: string) => `/expenses?from=${day}`;

const row = (day: string, total: number) => ({ day, total, count: 1 });

test('this month is set against the same days of the last', () => {
  const pace = paceOf(
    [
      row('2026-10-05', 1000),
      row('2026-10-22', 200),
      row('2026-10-31', 40),
      row('2026-11-02', 300),
      row('2026-11-22', 7),
      row('2026-11-28', 5000),
    ],
    '2026-11-22',
    href,
  );
  expect(pace).toMatchObject({
    soFar: 307,
    planned: 5000,
    samePoint: 1200,
    samePointOn: '2026-10-22',
    lastInFull: 1240,
  });
  expect(pace.days).toHaveLength(30);
  expect(pace.days.at(-1)).toMatchObject({ past: false, compare: 1240 });
  expect(pace.days[21]).toMatchObject({ past: true, value: 307, compare: 1200 });
});

test('the last day of a long month stands beside the end of a short one', () => {
  const pace = paceOf([row('2026-02-28', 900), row('2026-03-31', 1)], '2026-03-31', href);
  expect(pace).toMatchObject({ soFar: 1, planned: 0, samePoint: 900, samePointOn: '2026-02-28' });
  expect(pace.days.at(-1)?.compare).toBe(900);
});

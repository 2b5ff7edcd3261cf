import type { Day } from '#lib/charts/PaceChart.svelte';
import { addDays, formatDate, monthOf } from '#lib/locale/dates.ts';
import type { SpendingRow } from '../ask.ts';
import { daysIn, sameDay } from '../range.ts';

export interface Pace {
  /** What was spent this month, today included. */
  soFar: number;
  /** What is entered for later days of this month. */
  planned: number;
  /** What was spent of the last month by the same day of it. */
  samePoint: number;
  samePointOn: string;
  lastInFull: number;
  /** The running sums of both months. */
  days: Day[];
}

/** How this month goes beside the last one, from their sums by day; `href` leads to the expenses of a day. */
export function paceOf(
  rows: readonly SpendingRow[],
  now: string,
  href: (day: string) => string,
): Pace {
  const month = monthOf(now);
  const last = monthOf(now, -1);
  const samePointOn = sameDay(now, -1);
  const spent = new Map(rows.map(({ day, total }) => [day ?? '', total]));
  const between = (from: string, to: string) => {
    let sum = 0;
    for (let day = from; day <= to; day = addDays(day, 1)) sum += spent.get(day) ?? 0;
    return sum;
  };
  const length = daysIn(month);
  const days = Array.from({ length }, (_, index): Day => {
    const day = addDays(month.from, index);
    const ago = addDays(last.from, index);
    // the shorter of the two months stands still after its end, the longer one ends with its last day
    const lastDay = index === length - 1 || ago > last.to ? last.to : ago;
    return {
      key: day,
      label: String(index + 1),
      title: formatDate(day, 'weekday'),
      href: href(day),
      value: between(month.from, day),
      alone: spent.get(day) ?? 0,
      past: day <= now,
      compare: between(last.from, lastDay),
      compareTitle: formatDate(lastDay, 'short'),
    };
  });
  return {
    soFar: between(month.from, now),
    planned: now < month.to ? between(addDays(now, 1), month.to) : 0,
    samePoint: between(last.from, samePointOn),
    samePointOn,
    lastInFull: between(last.from, last.to),
    days,
  };
}

import { addDays, isDay, isoDate, monthOf, yearOf } from '#lib/locale/dates.ts';

/** Both days belong to it. */
export interface Span {
  from: string;
  to: string;
}

/** As far as a report reaches, in years. */
export const longest = 50;

/** Whether the server makes a report on it. */
export function isSpan({ from, to }: Span): boolean {
  return isDay(from) && isDay(to) && from <= to && to < sameDay(from, longest * 12);
}

export const presets = [
  'month',
  'last-month',
  'quarter',
  'year',
  'last-year',
  '12-months',
] as const;
export type Preset = (typeof presets)[number];

/** What a preset means today. */
export function spanOf(preset: Preset, now: string): Span {
  switch (preset) {
    case 'month':
      return monthOf(now);
    case 'last-month':
      return monthOf(now, -1);
    case 'quarter': {
      const into = (monthNumber(now) - 1) % 3;
      return { from: monthOf(now, -into).from, to: monthOf(now, 2 - into).to };
    }
    case 'year':
      return yearOf(now);
    case 'last-year':
      return yearOf(now, -1);
    case '12-months':
      return { from: monthOf(now, -11).from, to: monthOf(now).to };
  }
}

/** How many whole months it is; none where it begins or ends within one. */
export function wholeMonths({ from, to }: Span): number | undefined {
  if (!from.endsWith('-01') || monthOf(to).to !== to) return undefined;
  return (yearNumber(to) - yearNumber(from)) * 12 + monthNumber(to) - monthNumber(from) + 1;
}

export function daysIn({ from, to }: Span): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

/** The range right after (1) or before (-1): as many months where it is whole months, as many days otherwise. */
export function stepped(span: Span, by: 1 | -1): Span {
  const months = wholeMonths(span);
  if (months === undefined) {
    const days = daysIn(span) * by;
    return { from: addDays(span.from, days), to: addDays(span.to, days) };
  }
  return { from: monthOf(span.from, months * by).from, to: monthOf(span.to, months * by).to };
}

export type CompareMode = 'previous' | 'year';

/**
 * The range that one is compared with. Where the range is not over yet, the other ends at the same point: the first
 * twenty days of a month are worth comparing with the first twenty days of another only.
 */
export function compared(span: Span, mode: CompareMode, now: string): Span {
  const months = wholeMonths(span);
  const back = mode === 'year' ? 12 : months;
  if (back === undefined) return stepped(span, -1);
  const from = sameDay(span.from, -back);
  if (isOpen(span, now)) return { from, to: sameDay(now, -back) };
  const to = months === undefined ? sameDay(span.to, -back) : monthOf(span.to, -back).to;
  return { from, to };
}

/** Whether it has begun and is not over. */
export function isOpen({ from, to }: Span, now: string): boolean {
  return from <= now && now < to;
}

/** The same day some months away, or the last one of a month that is shorter. */
export function sameDay(date: string, months: number): string {
  const { from, to } = monthOf(date, months);
  const day = `${from.slice(0, 8)}${date.slice(8)}`;
  return day < to ? day : to;
}

export type Grain = 'day' | 'month' | 'year';

/** The steps of the axis of time: as fine as can be told apart. */
export function grainOf(span: Span): Grain {
  const days = daysIn(span);
  if (days <= 62) return 'day';
  return days <= 5 * 366 ? 'month' : 'year';
}

/** The steps of a range, as the prefixes of the dates that are in them: `2026-03-14`, `2026-03` or `2026`. */
export function stepsOf(span: Span, grain: Grain): string[] {
  const steps: string[] = [];
  for (let date = span.from; date <= span.to; date = nextStep(date, grain))
    steps.push(stepIn(date, grain));
  return steps;
}

function nextStep(date: string, grain: Grain): string {
  if (grain === 'day') return addDays(date, 1);
  return grain === 'month' ? monthOf(date, 1).from : yearOf(date, 1).from;
}

/** The step that a date, or a month, is in. */
export function stepIn(date: string, grain: Grain): string {
  return date.slice(0, { day: 10, month: 7, year: 4 }[grain]);
}

/** The days of a step that lie within a range. */
export function daysOf(step: string, span: Span): Span {
  const [year = 1970, month, day] = step.split('-').map(Number);
  const whole =
    day !== undefined
      ? { from: step, to: step }
      : month !== undefined
        ? monthOf(`${step}-01`)
        : { from: isoDate(year, 0, 1), to: isoDate(year, 11, 31) };
  return {
    from: whole.from < span.from ? span.from : whole.from,
    to: whole.to > span.to ? span.to : whole.to,
  };
}

function monthNumber(date: string): number {
  return Number(date.slice(5, 7));
}

function yearNumber(date: string): number {
  return Number(date.slice(0, 4));
}

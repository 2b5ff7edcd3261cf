import { locale } from './locale.svelte.ts';

/** Today's date where the user is, as `YYYY-MM-DD`. */
export function today(now = new Date()): string {
  return isoDate(now.getFullYear(), now.getMonth(), now.getDate());
}

/** The `YYYY-MM-DD` of a year, a month from 0 and a day; what lies outside of a month runs over, as in `Date`. */
export function isoDate(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}

/** Whether it is a day that an expense can have, as the server sees it: one that exists, from 1900 on. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < '1900') return false;
  const { year, month, day } = parts(text);
  return isoDate(year, month, day) === text;
}

/** Adds days to a `YYYY-MM-DD`. */
export function addDays(date: string, days: number): string {
  const { year, month, day } = parts(date);
  return isoDate(year, month, day + days);
}

/** The first and last day of the month that lies `offset` months from the one that `date` is in. */
export function monthOf(date: string, offset = 0): { from: string; to: string } {
  const { year, month } = parts(date);
  return { from: isoDate(year, month + offset, 1), to: isoDate(year, month + offset + 1, 0) };
}

/** The first and last day of the year that lies `offset` years from the one that `date` is in. */
export function yearOf(date: string, offset = 0): { from: string; to: string } {
  const year = parts(date).year + offset;
  return { from: isoDate(year, 0, 1), to: isoDate(year, 11, 31) };
}

/** A calendar date in the user's language: `14 Mar 2026`; with `weekday`, the form for a heading in a list. */
export function formatDate(date: string, style: 'short' | 'medium' | 'weekday' = 'medium'): string {
  const options: Record<typeof style, Intl.DateTimeFormatOptions> = {
    short: { day: 'numeric', month: 'short' },
    medium: { day: 'numeric', month: 'short', year: 'numeric' },
    weekday: { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' },
  };
  return format(date, options[style]);
}

/** A month in the user's language from `YYYY-MM` or a date in it: `March 2026`, name: `March`, short: `Mar`. */
export function formatMonth(month: string, style: 'long' | 'name' | 'short' = 'long'): string {
  const options: Record<typeof style, Intl.DateTimeFormatOptions> = {
    long: { month: 'long', year: 'numeric' },
    name: { month: 'long' },
    short: { month: 'short' },
  };
  return format(`${month.slice(0, 7)}-01`, options[style]);
}

/** A moment (RFC 3339) in the user's language and time zone. */
export function formatMoment(moment: string): string {
  return new Intl.DateTimeFormat(locale.tag, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(moment),
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(date: string, options: Intl.DateTimeFormatOptions): string {
  const { year, month, day } = parts(date);
  // to make a format costs as much as a hundred uses of it, and a list has many dates
  const key = locale.tag + JSON.stringify(options);
  const known = formats.get(key);
  const wanted = known ?? new Intl.DateTimeFormat(locale.tag, { ...options, timeZone: 'UTC' });
  if (!known) formats.set(key, wanted);
  return wanted.format(new Date(Date.UTC(year, month, day)));
}

function parts(date: string): { year: number; month: number; day: number } {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  return { year, month: month - 1, day };
}

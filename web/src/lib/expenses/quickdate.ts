import { addDays, isoDate } from '#lib/locale/dates.ts';

// In both languages, whichever is shown: people mix them.
const days: Record<string, number> = {
  today: 0,
  heute: 0,
  yesterday: -1,
  gestern: -1,
  vorgestern: -2,
};
const weekdays = [
  ['sunday', 'sonntag'],
  ['monday', 'montag'],
  ['tuesday', 'dienstag'],
  ['wednesday', 'mittwoch'],
  ['thursday', 'donnerstag'],
  ['friday', 'freitag'],
  ['saturday', 'samstag', 'sonnabend'],
];
const shortWeekdays = 'sun,so. mon,mo. tue,di. wed,mi. thu,do. fri,fr. sat,sa.'
  .split(' ')
  .map((names) => names.split(','));
const months = 'jan feb mar|mär apr may|mai jun jul aug sep oct|okt nov dec|dez'
  .split(' ')
  .map((names) => names.split('|'));

/** The date that one word means: `yesterday`, `Freitag`, `3.5.`, `2026-05-03`. The short names of days only on request. */
export function dateOfWord(word: string, today: string, short = false): string | undefined {
  const plain = word.toLowerCase();
  const offset = days[plain];
  if (offset !== undefined) return addDays(today, offset);
  const named = (names: string[]) => names.includes(plain);
  const weekday = weekdays.findIndex(named);
  if (weekday >= 0) return latest(today, weekday);
  if (short) {
    const at = shortWeekdays.findIndex(named);
    if (at >= 0) return latest(today, at);
  }
  return numericDate(plain, today);
}

/** The date that two words mean: `3 May`, `3. Mai`, `May 3`. */
export function dateOfWords(first: string, second: string, today: string): string | undefined {
  const day = dayNumber(first) ?? dayNumber(second);
  const month = dayNumber(first) === undefined ? monthOf(first) : monthOf(second);
  return day === undefined || month === undefined ? undefined : withoutYear(month, day, today);
}

/** The last such day that is not in the future. */
function latest(today: string, weekday: number): string {
  const now = new Date(`${today}T00:00:00Z`).getUTCDay();
  return addDays(today, -((now - weekday + 7) % 7));
}

function numericDate(word: string, today: string): string | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word);
  if (iso) return real(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?$/.exec(word);
  if (!dotted) return undefined;
  const [day, month, year] = [Number(dotted[1]), Number(dotted[2]), dotted[3]];
  if (year === undefined) return withoutYear(month, day, today);
  return real(year.length === 2 ? 2000 + Number(year) : Number(year), month, day);
}

function withoutYear(month: number, day: number, today: string): string | undefined {
  const year = Number(today.slice(0, 4));
  const date = real(year, month, day);
  // a day that is still to come this year was meant to be last year's: one enters what has been spent
  return date === undefined || date > today ? (real(year - 1, month, day) ?? date) : date;
}

function real(year: number, month: number, day: number): string | undefined {
  const date = isoDate(year, month - 1, day);
  const text = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
  return date === text ? date : undefined;
}

function dayNumber(word: string): number | undefined {
  const match = /^(\d{1,2})(\.|st|nd|rd|th)?$/i.exec(word);
  return match ? Number(match[1]) : undefined;
}

function monthOf(word: string): number | undefined {
  const plain = word.toLowerCase().replace(/\.$/, '');
  if (!/^[a-zä]{3,9}$/.test(plain)) return undefined;
  const at = months.findIndex((names) => names.some((name) => plain.startsWith(name)));
  return at >= 0 && isMonthName(plain) ? at + 1 : undefined;
}

const monthNames = new Set(
  (
    'jan january januar feb february februar mar march mär märz apr april may mai jun june juni jul july juli ' +
    'aug august sep sept september oct october okt oktober nov november dec december dez dezember'
  ).split(' '),
);

function isMonthName(word: string): boolean {
  return monthNames.has(word);
}

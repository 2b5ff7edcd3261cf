import { formatMoney, withMinus } from '#lib/money/format.ts';
import type { SpendingRow } from './ask.ts';

/** A figure of a report, and that of the range it is compared with. */
export interface Sum {
  total: number;
  count: number;
  /** Undefined where nothing is compared. */
  before: number | undefined;
}

/** Adds up the rows of a report by a key, and those of the compared one beside them. */
export function sumBy(
  rows: readonly SpendingRow[],
  before: readonly SpendingRow[] | undefined,
  key: (row: SpendingRow) => string,
): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  const none = before ? 0 : undefined;
  for (const row of rows) {
    const sum = sums.get(key(row)) ?? { total: 0, count: 0, before: none };
    sums.set(key(row), { ...sum, total: sum.total + row.total, count: sum.count + row.count });
  }
  for (const row of before ?? []) {
    const sum = sums.get(key(row)) ?? { total: 0, count: 0, before: none };
    sums.set(key(row), { ...sum, before: (sum.before ?? 0) + row.total });
  }
  return sums;
}

/** How much more or less it is than before, in per cent as people write it; nothing where there is nothing to compare. */
export function formatChange(
  total: number,
  before: number | undefined,
  locale: string,
): string | undefined {
  if (before === undefined || before <= 0) return undefined;
  const change = (total - before) / before;
  const format = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 0,
    signDisplay: 'exceptZero',
  });
  return withMinus(format.format(Math.abs(change) < 0.005 ? 0 : change));
}

/** Whether figures are so long that a table has no room for several of them beside each other. */
export function isLong(figures: readonly number[], currency: string, locale: string): boolean {
  const largest = figures.reduce((most, figure) => Math.max(most, Math.abs(figure)), 0);
  return formatMoney(largest, currency, { locale }).length > 11;
}

/** A part of a whole, in per cent as people write it. */
export function formatShare(part: number, whole: number, locale: string): string {
  if (whole === 0) return '–';
  // nothing is said of less than half of a tenth of a per cent, least of all a minus
  const share = Math.abs(part / whole) < 0.0005 ? 0 : part / whole;
  const digits = share !== 0 && Math.abs(share) < 0.0995 ? 1 : 0;
  const format = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return withMinus(format.format(share));
}

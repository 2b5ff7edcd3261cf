import { api } from '#lib/api/client.ts';
import { isTooLarge, unwrap } from '#lib/api/problem.ts';
import type { components } from '#lib/api/schema.ts';
import { addDays } from '#lib/locale/dates.ts';

type SpendingRow = components['schemas']['SpendingRow'];

/** How many expenses each category has itself, whatever their dates; without those in the trash. */
export type Usage = ReadonlyMap<string, number>;

// a report covers at most 50 years
const longest = 50 * 365;

export async function usageOf(ledgerId: string): Promise<Usage> {
  const [from, to] = await Promise.all([edge(ledgerId, 'spent_on'), edge(ledgerId, '-spent_on')]);
  const counts = new Map<string, number>();
  if (!from || !to) return counts;
  const parts = spans(from, to).flatMap((span) => [
    countIn(ledgerId, { ...span, kind: 'expense' }),
    countIn(ledgerId, { ...span, kind: 'income' }),
  ]);
  for (const { category_id, count } of (await Promise.all(parts)).flat()) {
    if (category_id) counts.set(category_id, (counts.get(category_id) ?? 0) + count);
  }
  return counts;
}

/** A range of dates in pieces that a report takes. */
export function spans(from: string, to: string): { from: string; to: string }[] {
  const all: { from: string; to: string }[] = [];
  for (let first = from; first <= to; first = addDays(first, longest)) {
    const last = addDays(first, longest - 1);
    all.push({ from: first, to: last < to ? last : to });
  }
  return all;
}

async function edge(ledgerId: string, sort: 'spent_on' | '-spent_on'): Promise<string | undefined> {
  const page = await unwrap(
    api.GET('/api/v1/ledgers/{ledger_id}/expenses', {
      params: { path: { ledger_id: ledgerId }, query: { sort, limit: 1 } },
    }),
  );
  return page.items[0]?.spent_on;
}

async function countIn(
  ledgerId: string,
  query: { from: string; to: string; kind: 'expense' | 'income' },
): Promise<SpendingRow[]> {
  try {
    const report = await unwrap(
      api.GET('/api/v1/ledgers/{ledger_id}/reports/spending', {
        params: { path: { ledger_id: ledgerId }, query: { ...query, group_by: ['category'] } },
      }),
    );
    return report.rows;
  } catch (cause) {
    if (!isTooLarge(cause)) throw cause;
    // what cannot be summed up at once is counted in parts, all but the days that are too much by themselves
    const { from, to } = query;
    if (from === to) return [];
    const middle = addDays(from, Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000 / 2));
    const halves = await Promise.all([
      countIn(ledgerId, { ...query, to: middle }),
      countIn(ledgerId, { ...query, from: addDays(middle, 1) }),
    ]);
    return halves.flat();
  }
}

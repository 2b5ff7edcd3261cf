import { isTooLarge } from '#lib/api/problem.ts';
import { addDays, isoDate, today } from '#lib/locale/dates.ts';
import { countFilters, readFilter, type Filter } from '#lib/expenses/filter.ts';
import { openList } from '#lib/expenses/list.svelte.ts';
import { totalOf } from '#lib/expenses/requests.ts';

export async function load({ parent, url, depends }) {
  const ledgerId = (await parent()).ledger.id;
  depends(`ledger:${ledgerId}`);
  const asked = readFilter(url.searchParams);
  const total = totalUnder(ledgerId, asked);
  const list = await openList(ledgerId, asked);
  // the same as before where nothing else was asked for: what somebody types into the filters meanwhile stays
  const { filter } = list;
  // there with the list, and not after it: what is below must not move
  const chips = countFilters(filter) > 0 ? await import('#lib/expenses/FilterChips.svelte') : null;
  return { filter, total, list, FilterChips: chips?.default };
}

/** What the filtered expenses come to: nice to know, but the list is there without it. */
async function totalUnder(ledger_id: string, filter: Filter) {
  const { from, to, kind = 'expense', deleted } = filter;
  if (deleted || kind === 'settlement' || (from && to && from > to)) return undefined;
  const last = to ?? addDays(isoDate(Number(today().slice(0, 4)) + 10, 0, 1), -1);
  const range = { from: from ?? fiftyYearsBefore(last), to: last };
  try {
    const of = (kind: 'expense' | 'income') => totalOf(ledger_id, { ...filter, ...range, kind });
    const [{ total, count }, others] = await Promise.all([
      of(kind),
      filter.kind ? undefined : of('income'),
    ]);
    return { total, count, kind, others };
  } catch (cause) {
    return isTooLarge(cause) ? { total: undefined, count: 0, kind } : undefined;
  }
}

/** As far back as a report reaches. */
function fiftyYearsBefore(date: string): string {
  return addDays(
    isoDate(Number(date.slice(0, 4)) - 50, Number(date.slice(5, 7)) - 1, Number(date.slice(8))),
    1,
  );
}

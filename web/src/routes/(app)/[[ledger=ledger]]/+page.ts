import { monthOf, today } from '#lib/locale/dates.ts';
import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import { listMembers } from '#lib/members/requests.ts';
import { askCategories, askMySpending, askSpending } from '#lib/reports/ask.ts';
import { sameDay } from '#lib/reports/range.ts';

export async function load({ parent, url, depends }) {
  const { ledger, ledgers } = await parent();
  const ledgerId = ledger.id;
  depends(`ledger:${ledgerId}`);
  const across = ledger.personal && ledgers.length > 1;
  if (across) depends(...ledgers.map(({ id }): `ledger:${string}` => `ledger:${id}`));
  const now = today();
  const month = monthOf(now);
  const last = monthOf(now, -1);
  const begin = monthOf(now, -11).from;
  // where several share, all of it or what the user bears of it; the other one stands beside it
  const mine = !ledger.personal && url.searchParams.get('of') === 'me';
  const of = mine ? 'me' : undefined;
  const [days, months, categories, current, earlier, latest, all, members, other] =
    await Promise.all([
      askSpending(ledgerId, { from: last.from, to: month.to, group_by: ['day'], of }),
      askSpending(ledgerId, { from: begin, to: month.to, group_by: ['month'], of }),
      askCategories(ledgerId),
      askSpending(ledgerId, { from: month.from, to: now, group_by: ['category'], of }),
      askSpending(ledgerId, { from: last.from, to: sameDay(now, -1), group_by: ['category'], of }),
      unwrap(
        api.GET('/api/v1/ledgers/{ledger_id}/expenses', {
          params: { path: { ledger_id: ledgerId }, query: { limit: 10 } },
        }),
      ),
      across ? askMySpending(month.from, now) : undefined,
      ledger.personal ? [] : listMembers(ledgerId),
      ledger.personal
        ? undefined
        : askSpending(ledgerId, { from: month.from, to: now, of: mine ? 'ledger' : 'me' }),
    ]);
  return {
    now,
    begin,
    end: month.to,
    days,
    months,
    categories,
    current,
    earlier,
    latest: latest.items,
    all,
    members,
    mine,
    other,
  };
}

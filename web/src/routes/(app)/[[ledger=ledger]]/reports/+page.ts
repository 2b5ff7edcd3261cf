import { ApiProblem } from '#lib/api/problem.ts';
import { today } from '#lib/locale/dates.ts';
import { askCategories, askSpending } from '#lib/reports/ask.ts';
import { comparedSpan, readQuery } from '#lib/reports/query.ts';
import { grainOf, type Span } from '#lib/reports/range.ts';

export async function load({ url, parent, depends }) {
  const { ledger } = await parent();
  const ledgerId = ledger.id;
  depends(`ledger:${ledgerId}`);
  const now = today();
  const query = readQuery(url.searchParams, now);
  const before = comparedSpan(query, now);
  // both ranges in the same steps, so that they can stand beside each other
  const time = grainOf(query.span) === 'day' ? 'day' : 'month';

  const filter = { kind: query.kind, category_id: query.category, tag: query.tag };
  const three = async (span: Span) => {
    const [spending, payees, tags] = await Promise.all([
      askSpending(ledgerId, { ...span, ...filter, group_by: [time, 'category'] }),
      askSpending(ledgerId, { ...span, ...filter, group_by: ['payee'] }),
      askSpending(ledgerId, { ...span, ...filter, group_by: ['tag'] }),
    ]);
    return spending && payees && tags && { spending, payees, tags };
  };
  // merged into another, or deleted, since the address was noted
  let gone = false;
  const unlessGone = (cause: unknown) => {
    gone = cause instanceof ApiProblem && cause.code === 'category_unknown';
    if (!gone) throw cause;
    return undefined;
  };
  const [categories, current, earlier] = await Promise.all([
    askCategories(ledgerId),
    three(query.span).catch(unlessGone),
    before && three(before).catch(unlessGone),
  ]);
  return {
    ledgerId,
    now,
    query,
    categories,
    reports: current,
    before: before && earlier ? { span: before, reports: earlier } : undefined,
    gone,
    uncounted: before && !earlier && !gone,
  };
}

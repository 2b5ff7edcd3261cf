import { api } from '#lib/api/client.ts';
import { isTooLarge, unwrap } from '#lib/api/problem.ts';
import type { components, operations } from '#lib/api/schema.ts';

export type SpendingReport = components['schemas']['SpendingReport'];
export type SpendingRow = components['schemas']['SpendingRow'];
export type Category = components['schemas']['Category'];
export type SpendingParams = NonNullable<operations['report_spending']['parameters']['query']>;

/**
 * A report on one ledger; filters that are `undefined` are left out. There is none where the expenses come to more than
 * can be counted exactly.
 */
export async function askSpending(
  ledgerId: string,
  query: { [Key in keyof SpendingParams]: SpendingParams[Key] | undefined },
): Promise<SpendingReport | undefined> {
  const report = unwrap(
    api.GET('/api/v1/ledgers/{ledger_id}/reports/spending', {
      params: { path: { ledger_id: ledgerId }, query: query as SpendingParams },
      querySerializer: { array: { style: 'form', explode: false } },
    }),
  );
  return report.catch(unlessTooLarge);
}

/** What the user bears over all ledgers, in the currency of the personal one. There is none where it is too large. */
export function askMySpending(from: string, to: string): Promise<SpendingReport | undefined> {
  const report = unwrap(api.GET('/api/v1/reports/spending', { params: { query: { from, to } } }));
  return report.catch(unlessTooLarge);
}

function unlessTooLarge(cause: unknown): undefined {
  if (!isTooLarge(cause)) throw cause;
}

/** All categories of a ledger, archived ones too: old expenses have them. */
export async function askCategories(ledgerId: string): Promise<Category[]> {
  const { items } = await unwrap(
    api.GET('/api/v1/ledgers/{ledger_id}/categories', {
      params: { path: { ledger_id: ledgerId } },
    }),
  );
  return items;
}

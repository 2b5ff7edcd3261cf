import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import { usageOf } from '#lib/categories/usage.ts';

export async function load({ parent, depends }) {
  const ledger_id = (await parent()).ledger.id;
  depends(`ledger:${ledger_id}`);
  const params = { path: { ledger_id } };
  const [ledger, categories, members, usage] = await Promise.all([
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}', { params })),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}/categories', { params })),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}/members', { params })),
    usageOf(ledger_id),
  ]);
  return { ledger, categories: categories.items, members: members.items, usage };
}

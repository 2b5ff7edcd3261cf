import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { Ledger, Split } from '#lib/api/types.ts';

const one = '/api/v1/ledgers/{ledger_id}';

export function changeLedger(
  ledger: Ledger,
  wanted: { name?: string; archived?: boolean; default_split?: Split | null },
): Promise<Ledger> {
  const { name, archived_at, default_split = null } = ledger;
  const body = { name, archived: Boolean(archived_at), default_split, ...wanted };
  return unwrap(api.PUT(one, { params: at(ledger), body }));
}

/** Deletes a ledger with everything in it, for good. */
export async function deleteLedger(ledger: Ledger): Promise<void> {
  await unwrap(api.DELETE(one, { params: at(ledger) }));
}

function at({ id, version }: Ledger) {
  return { path: { ledger_id: id }, header: { 'If-Match': `"${version}"` } };
}

import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { Mapping, MappingUpdate } from './mapping.ts';

const path = '/api/v1/ledgers/{ledger_id}/mapping';

/** How the user counts a shared ledger among their own. */
export function readMapping(ledger_id: string): Promise<Mapping> {
  return unwrap(api.GET(path, { params: { path: { ledger_id } } }));
}

/** Says it anew, over the version that was read. */
export function saveMapping(
  ledger_id: string,
  version: number,
  body: MappingUpdate,
): Promise<Mapping> {
  const params = { path: { ledger_id }, header: { 'If-Match': `"${version}"` } };
  return unwrap(api.PUT(path, { params, body }));
}

import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { operations } from '#lib/api/schema.ts';
import type { Change } from '#lib/api/types.ts';

type Query = NonNullable<operations['list_changes']['parameters']['query']>;
export type Entity = Change['entity'];

/** Which changes: all, or those of one member or of one kind of thing. */
export interface Filter {
  actor?: string;
  entity?: Entity;
}

export const pageSize = 100;

/** The changes before a number of the ledger's history, newest first; the newest of all without one. */
export async function changesBefore(
  ledger_id: string,
  filter: Filter,
  before = Number.MAX_SAFE_INTEGER,
): Promise<Change[]> {
  const query: Query = { ...filter, before, limit: pageSize };
  const params = { path: { ledger_id }, query };
  return (await unwrap(api.GET('/api/v1/ledgers/{ledger_id}/changes', { params }))).items;
}

/** Takes a change back, which is a change of its own. */
export function revertChange(ledger_id: string, seq: number) {
  const params = { path: { ledger_id, seq } };
  return unwrap(api.POST('/api/v1/ledgers/{ledger_id}/changes/{seq}/revert', { params }));
}

/** The address of a filter, from `?` on; empty without any. */
export function writeActivityFilter({ actor, entity }: Filter): string {
  const query = new URLSearchParams({
    ...(actor ? { actor } : {}),
    ...(entity ? { entity } : {}),
  }).toString();
  return query && `?${query}`;
}

export const entities: readonly Entity[] = ['expense', 'category', 'member', 'invite', 'ledger'];

/** Reads an address; what makes no sense there is left out. */
export function readActivityFilter(params: URLSearchParams): Filter {
  const actor = params.get('actor') ?? '';
  const entity = entities.find((known) => known === params.get('entity'));
  return {
    ...(/^[0-9a-f-]{36}$/i.test(actor) ? { actor } : {}),
    ...(entity ? { entity } : {}),
  };
}

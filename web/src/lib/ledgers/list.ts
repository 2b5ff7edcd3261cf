import { api } from '#lib/api/client.ts';
import { ApiProblem, unwrap } from '#lib/api/problem.ts';
import type { Ledger } from '#lib/api/types.ts';
import { signedInUser } from '#lib/session/session.svelte.ts';

let known: { user: string; ledgers: Ledger[] } | undefined;

/** All ledgers of the user: their own first, archived ones last. Without a connection as they were last read. */
export async function loadLedgers(): Promise<Ledger[]> {
  const user = signedInUser().id;
  try {
    const { items } = await unwrap(api.GET('/api/v1/ledgers'));
    known = { user, ledgers: items };
    return items;
  } catch (cause) {
    if (cause instanceof ApiProblem && cause.status === 0 && known?.user === user)
      return known.ledgers;
    throw cause;
  }
}

/** One ledger that is not in the list yet: joined a moment ago elsewhere. Throws the 404 of what is not the user's. */
export function readLedger(ledger_id: string): Promise<Ledger> {
  return unwrap(api.GET('/api/v1/ledgers/{ledger_id}', { params: { path: { ledger_id } } }));
}

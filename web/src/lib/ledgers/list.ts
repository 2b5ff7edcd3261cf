import { api } from '#lib/api/client.ts';
import { isPassing, unwrap } from '#lib/api/problem.ts';
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
    if (!isPassing(cause)) throw cause;
    const ledgers = known?.user === user ? known.ledgers : await keptLedgers(user);
    if (!ledgers) throw cause;
    return ledgers;
  }
}

/** What this browser knew the last time, where the app was opened without a connection. */
async function keptLedgers(user: string): Promise<Ledger[] | undefined> {
  const { recall } = await import('#lib/outbox/shelf.ts');
  return recall<Ledger[]>(`ledgers ${user}`).catch(() => undefined);
}

/** One ledger that is not in the list yet: joined a moment ago elsewhere. Throws the 404 of what is not the user's. */
export function readLedger(ledger_id: string): Promise<Ledger> {
  return unwrap(api.GET('/api/v1/ledgers/{ledger_id}', { params: { path: { ledger_id } } }));
}

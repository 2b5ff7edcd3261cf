import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import { signedInUser } from '#lib/session/session.svelte.ts';

export async function load({ parent, depends }) {
  await parent();
  const ledger_id = signedInUser().personal_ledger_id;
  depends('me:sessions', `ledger:${ledger_id}`);
  const [sessions, own] = await Promise.all([
    unwrap(api.GET('/api/v1/me/sessions')),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}', { params: { path: { ledger_id } } })),
  ]);
  return { sessions: sessions.items, own };
}

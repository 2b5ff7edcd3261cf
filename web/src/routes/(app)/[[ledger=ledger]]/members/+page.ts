import { redirect } from '@sveltejs/kit';
import { ledgerHref } from '#lib/ledgers/address.ts';
import { listMembers } from '#lib/members/requests.ts';

export async function load({ parent, depends }) {
  const { ledger } = await parent();
  if (ledger.personal) redirect(307, ledgerHref('', ledger));
  depends(`ledger:${ledger.id}`);
  return { members: await listMembers(ledger.id) };
}

import { redirect } from '@sveltejs/kit';
import { ledgerHref } from '#lib/ledgers/address.ts';
import { mayManage } from '#lib/ledgers/chosen.ts';
import { listInvites } from '#lib/members/invites.ts';
import { listMembers } from '#lib/members/requests.ts';

export async function load({ parent, depends }) {
  const { ledger } = await parent();
  if (ledger.personal) redirect(307, ledgerHref('', ledger));
  depends(`ledger:${ledger.id}`);
  const [members, invites] = await Promise.all([
    listMembers(ledger.id),
    mayManage(ledger) ? listInvites(ledger.id) : [],
  ]);
  return { members, invites };
}

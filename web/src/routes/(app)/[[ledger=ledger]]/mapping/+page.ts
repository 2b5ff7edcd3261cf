import { redirect } from '@sveltejs/kit';
import { ledgerHref } from '#lib/ledgers/address.ts';
import { readMapping } from '#lib/mapping/requests.ts';
import { askCategories } from '#lib/reports/ask.ts';
import { signedInUser } from '#lib/session/session.svelte.ts';

export async function load({ parent, depends }) {
  const { ledger, ledgers } = await parent();
  if (ledger.personal) redirect(307, ledgerHref('', ledger));
  const ownId = signedInUser().personal_ledger_id;
  depends(`ledger:${ledger.id}`, `ledger:${ownId}`);
  const [mapping, categories, own] = await Promise.all([
    readMapping(ledger.id),
    askCategories(ledger.id),
    askCategories(ownId),
  ]);
  const ownCurrency = ledgers.find(({ personal }) => personal)?.currency ?? ledger.currency;
  return { mapping, categories, own, ownCurrency };
}

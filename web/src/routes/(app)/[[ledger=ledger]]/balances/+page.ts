import { redirect } from '@sveltejs/kit';
import { getBalances } from '#lib/balances/requests.ts';
import { loadBook } from '#lib/expenses/book.ts';
import { ledgerHref } from '#lib/ledgers/address.ts';

export async function load({ parent, url, depends }) {
  const { ledger } = await parent();
  if (ledger.personal) redirect(307, ledgerHref('', ledger));
  depends(`ledger:${ledger.id}`);
  const fewest = url.searchParams.get('plan') !== 'direct';
  const [balances, book] = await Promise.all([getBalances(ledger.id, fewest), loadBook(ledger.id)]);
  return { fewest, balances, book };
}

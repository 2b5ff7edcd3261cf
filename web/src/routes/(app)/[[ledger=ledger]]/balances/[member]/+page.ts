import { error, redirect } from '@sveltejs/kit';
import { getBalances, listSteps } from '#lib/balances/requests.ts';
import { loadBook } from '#lib/expenses/book.ts';
import { ledgerHref } from '#lib/ledgers/address.ts';

export async function load({ parent, params, url, depends }) {
  const { ledger } = await parent();
  if (ledger.personal) redirect(307, ledgerHref('', ledger));
  depends(`ledger:${ledger.id}`);
  const other = url.searchParams.get('with') ?? undefined;
  const [book, balances, steps] = await Promise.all([
    loadBook(ledger.id),
    getBalances(ledger.id, true),
    listSteps(ledger.id, params.member, other),
  ]);
  const member = book.members.find(({ id }) => id === params.member);
  if (!member) error(404, { message: 'not found', code: 'not_found' });
  return { book, balances, steps, member, other };
}

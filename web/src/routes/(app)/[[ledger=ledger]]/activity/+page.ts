import { changesBefore, readActivityFilter } from '#lib/activity/requests.ts';
import { loadBook } from '#lib/expenses/book.ts';

export async function load({ parent, url, depends }) {
  const { ledger } = await parent();
  depends(`ledger:${ledger.id}`);
  const filter = readActivityFilter(url.searchParams);
  const [book, changes] = await Promise.all([
    loadBook(ledger.id),
    changesBefore(ledger.id, filter),
  ]);
  return { filter, book, changes };
}

import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { Category, Ledger, LedgerMember } from './types.ts';

/** What every view of a ledger's expenses needs beside them. */
export interface Book {
  ledger: Ledger;
  categories: readonly Category[];
  members: readonly LedgerMember[];
}

const known = new Map<string, Book>();

export async function loadBook(ledger_id: string): Promise<Book> {
  const params = { path: { ledger_id } };
  const [ledger, categories, members] = await Promise.all([
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}', { params })),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}/categories', { params })),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}/members', { params })),
  ]);
  const book = { ledger, categories: categories.items, members: members.items };
  known.set(ledger_id, book);
  return book;
}

/** As it was the last time somebody looked: a form opens with it at once. */
export function knownBook(ledger_id: string): Book | undefined {
  return known.get(ledger_id);
}

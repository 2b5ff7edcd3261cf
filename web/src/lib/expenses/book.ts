import { api } from '#lib/api/client.ts';
import { isPassing, unwrap } from '#lib/api/problem.ts';
import { session } from '#lib/session/session.svelte.ts';
import type { Category, Ledger, LedgerMember } from './types.ts';

/** What every view of a ledger's expenses needs beside them. */
export interface Book {
  ledger: Ledger;
  categories: readonly Category[];
  members: readonly LedgerMember[];
}

const known = new Map<string, Book>();
const shelf = () => import('#lib/outbox/shelf.ts');
const nameOf = (ledger_id: string) => `book ${session.user?.id ?? ''} ${ledger_id}`;

/** The book as it stands; without a connection as it was read last, be it before the app was closed. */
export async function loadBook(ledger_id: string, signal?: AbortSignal): Promise<Book> {
  try {
    const book = await readBook(ledger_id, signal);
    known.set(ledger_id, book);
    void store(book);
    return book;
  } catch (cause) {
    const book = isPassing(cause)
      ? (known.get(ledger_id) ?? (await keptBook(ledger_id)))
      : undefined;
    if (!book) throw cause;
    known.set(ledger_id, book);
    return book;
  }
}

/** The book as this browser has it, also of a ledger that is not the user's any more. */
export async function keptBook(ledger_id: string): Promise<Book | undefined> {
  const { recall } = await shelf();
  return recall<Book>(nameOf(ledger_id)).catch(() => undefined);
}

/** For the next time that there is no connection. */
async function store(book: Book) {
  const { keep } = await shelf();
  const { user } = session;
  if (user) await keep(user.id, nameOf(book.ledger.id), book).catch(() => undefined);
}

async function readBook(ledger_id: string, signal?: AbortSignal): Promise<Book> {
  const asked = { params: { path: { ledger_id } }, ...(signal ? { signal } : {}) };
  const [ledger, categories, members] = await Promise.all([
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}', asked)),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}/categories', asked)),
    unwrap(api.GET('/api/v1/ledgers/{ledger_id}/members', asked)),
  ]);
  return { ledger, categories: categories.items, members: members.items };
}

/** As it was the last time somebody looked: a form opens with it at once. */
export function knownBook(ledger_id: string): Book | undefined {
  return known.get(ledger_id);
}

import { expect, test, vi } from 'vitest';
import type { Book } from '#lib/expenses/book.ts';
import { mergeDrafts } from '#lib/expenses/merge.ts';
import { asDraft } from '#lib/expenses/asdraft.ts';
import { provisional } from '#lib/expenses/provisional.ts';
import type { ExpenseBody } from '#lib/expenses/types.ts';
import { origin } from './origin.ts';
import type { Entry } from './waiting.svelte.ts';

vi.mock('#lib/locale/locale.svelte.ts', () => ({ locale: { tag: 'en-GB' } }));

const ledger = { id: 'own', name: 'Own', currency: 'EUR', member_id: 'ada', seq: 1 };
const book = { ledger, categories: [], members: [{ id: 'ada' }] } as unknown as Book;
const bodyOf = (payee: string): ExpenseBody => ({ spent_on: '2026-03-14', amount: 1250, payee });
const made = (payee: string, version: number) => ({
  ...provisional(book, 'a', bodyOf(payee)),
  version,
});
const entry: Entry = {
  ...{ id: 'a', user: 'ada', ledger_id: 'own', ledger_name: 'Own', at: 1, revision: 1 },
  action: 'replace',
  body: bodyOf('Baker'),
  expected: made('Baker', 3),
};

test('nobody is asked about a collision with what they have sent themselves', () => {
  const base = made('Bakery', 3);
  const waits = { ...entry, base, sent: [bodyOf('Baker')] };
  const theirs = asDraft(book, made('Baker', 4));
  const before = origin(waits, book, base, theirs);
  const mine = asDraft(book, made('Butcher', 3));
  expect(mergeDrafts(before, mine, theirs)).toEqual({ draft: mine, conflicts: [] });
});

test('where nobody knows what both began with, all that differs is asked about', () => {
  const theirs = asDraft(book, { ...made('Butcher', 2), note: 'theirs' });
  const before = origin(entry, book, undefined, theirs);
  const mine = asDraft(book, made('Baker', 0));
  expect(mergeDrafts(before, mine, theirs).conflicts).toEqual(['payee', 'note']);
});

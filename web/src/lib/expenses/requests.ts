import { api, signedOnce } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { operations } from '#lib/api/schema.ts';
import type { Batch, Change, Expense, ExpenseBody, ListQuery, Payee, TagCount } from './types.ts';

type SpendingQuery = NonNullable<operations['report_spending']['parameters']['query']>;

const expenses = '/api/v1/ledgers/{ledger_id}/expenses';
const one = `${expenses}/{expense_id}` as const;

/** How many expenses one request brings, at most. */
export const pageSize = 200;

interface Page {
  items: Expense[];
  next: string | null;
}

export async function listPage(
  ledger_id: string,
  query: ListQuery,
  cursor?: string | null,
): Promise<Page> {
  const params = {
    path: { ledger_id },
    query: { ...query, limit: pageSize, ...(cursor ? { cursor } : {}) },
  };
  const page = await unwrap(api.GET(expenses, { params }));
  return { items: page.items, next: page.next_cursor ?? null };
}

export function getExpense(
  ledger_id: string,
  expense_id: string,
  signal?: AbortSignal,
): Promise<Expense> {
  return unwrap(api.GET(one, { params: { path: { ledger_id, expense_id } }, ...until(signal) }));
}

/** The same body again is answered with the same expense: its id makes it safe to repeat. */
export function createExpense(
  ledger_id: string,
  body: ExpenseBody,
  signal?: AbortSignal,
): Promise<Expense> {
  return unwrap(api.POST(expenses, { params: { path: { ledger_id } }, body, ...kept(signal) }));
}

export function replaceExpense(
  ledger_id: string,
  { id, version }: Expense,
  body: ExpenseBody,
  signal?: AbortSignal,
): Promise<Expense> {
  const params = at(ledger_id, id, version);
  return unwrap(api.PUT(one, { params, body, ...kept(signal) }));
}

export function deleteExpense(
  ledger_id: string,
  { id, version }: Expense,
  signal?: AbortSignal,
): Promise<Expense> {
  return unwrap(api.DELETE(one, { params: at(ledger_id, id, version), ...kept(signal) }));
}

export function restoreExpense(
  ledger_id: string,
  { id, version }: Expense,
  signal?: AbortSignal,
): Promise<Expense> {
  const params = at(ledger_id, id, version);
  return unwrap(api.POST(`${one}/restore`, { params, ...kept(signal) }));
}

export async function batchExpenses(ledger_id: string, body: Batch): Promise<Expense[]> {
  const request = api.POST(`${expenses}/batch`, { params: { path: { ledger_id } }, body });
  return (await unwrap(request)).items;
}

export async function findPayees(
  ledger_id: string,
  q: string,
  signal?: AbortSignal,
): Promise<Payee[]> {
  const params = { path: { ledger_id }, query: { q, limit: 8 } };
  const request = api.GET('/api/v1/ledgers/{ledger_id}/payees', { params, ...until(signal) });
  return (await unwrap(request)).items;
}

/** Tags that have this in them, which may be typed with its sign. */
export async function findTags(
  ledger_id: string,
  typed: string,
  signal?: AbortSignal,
): Promise<TagCount[]> {
  const q = typed.replace(/^#/, '').trim();
  const params = { path: { ledger_id }, query: { q, limit: 8 } };
  const request = api.GET('/api/v1/ledgers/{ledger_id}/tags', { params, ...until(signal) });
  return (await unwrap(request)).items;
}

/** What happened to one expense, newest first. */
export async function changesOf(
  ledger_id: string,
  expense_id: string,
  limit: number,
): Promise<Change[]> {
  const params = { path: { ledger_id, expense_id }, query: { limit } };
  return (await unwrap(api.GET(`${one}/changes`, { params }))).items;
}

/** What happened in a ledger after change `since`, oldest first, and how far its history reaches. */
export async function changesSince(ledger_id: string, since: number) {
  const params = { path: { ledger_id }, query: { since, limit: 200 } };
  const { items, seq } = await unwrap(api.GET('/api/v1/ledgers/{ledger_id}/changes', { params }));
  return { items, seq };
}

/** Brings back what was before a change, and gives the expense as it then stands. */
export async function revertChange(ledger_id: string, seq: number): Promise<Expense> {
  const params = { path: { ledger_id, seq } };
  const reverted = await unwrap(
    api.POST('/api/v1/ledgers/{ledger_id}/changes/{seq}/revert', { params }),
  );
  return reverted as Expense;
}

/** How many expenses a filter lets through, and what they come to. */
export function totalOf(
  ledger_id: string,
  query: ListQuery & { from: string; to: string; kind: 'expense' | 'income' },
): Promise<{ total: number; count: number }> {
  const { from, to, kind, category_id, tag, member_id, min, max, q } = query;
  const asked = { from, to, kind, category_id, tag, member_id, min, max, q } as SpendingQuery;
  const params = { path: { ledger_id }, query: asked };
  return unwrap(api.GET('/api/v1/ledgers/{ledger_id}/reports/spending', { params }));
}

const until = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

/** Who gives up after a while keeps what was to be written, and sends it later: it is not waited for as well. */
const kept = (signal: AbortSignal | undefined) => (signal ? { signal, fetch: signedOnce } : {});

function at(ledger_id: string, expense_id: string, version: number) {
  return { path: { ledger_id, expense_id }, header: { 'If-Match': `"${version}"` } };
}

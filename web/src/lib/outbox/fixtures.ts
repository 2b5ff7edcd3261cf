// What the tests of the outbox are made of.
import { ApiProblem } from '#lib/api/problem.ts';
import type { Expense, ExpenseBody } from '#lib/expenses/types.ts';

export const bodyOf = (payee: string): ExpenseBody => ({
  spent_on: '2026-03-14',
  amount: 1250,
  payee,
});
export const made = (id: string, change: Partial<Expense> = {}): Expense => ({
  ...{ id, kind: 'expense', spent_on: '2026-03-14', amount: 1250, currency: 'EUR', rate: null },
  ...{ ledger_amount: 1250, payee: 'Bakery', note: '', category_id: null, tags: [] },
  ...{ paid_by: [{ member_id: 'ada', amount: 1250 }], shares: [], created_by: 'ada' },
  ...{ split: { mode: 'equal', parts: [{ member_id: 'ada' }] }, created_at: '', updated_at: '' },
  ...{ deleted_at: null, version: 1 },
  ...change,
});
export const conflict = (current: Expense) =>
  new ApiProblem({ status: 412, code: 'version_conflict', current: current as never });
export const refusal = new ApiProblem({
  status: 422,
  code: 'category_unknown',
  field: 'category_id',
});

/** A request that is answered when it is told to be. */
export function late<T>() {
  let answer: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (answer = resolve));
  return { promise, answer };
}

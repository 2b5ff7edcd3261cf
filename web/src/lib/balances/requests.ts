import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { components } from '#lib/api/schema.ts';
import type { Expense } from '#lib/expenses/types.ts';

type Schemas = components['schemas'];
export type Balances = Schemas['Balances'];
export type MemberBalance = Schemas['MemberBalance'];
export type Transfer = Schemas['PlannedTransfer'];
/** What has moved a balance; a payment with who paid whom, of which the balance itself knows one side only. */
export type Step = Schemas['BalanceStep'] & { payment?: Expense };

/** Who stands where, and who pays whom: in the fewest transfers, or each what they owe each. */
export function getBalances(ledger_id: string, simplify: boolean): Promise<Balances> {
  const params = { path: { ledger_id }, query: { simplify } };
  return unwrap(api.GET('/api/v1/ledgers/{ledger_id}/balances', { params }));
}

/** The expenses that have moved a member's balance, or what they and another one owe each other; newest first. */
export async function listSteps(
  ledger_id: string,
  member_id: string,
  other?: string,
  cursor?: string,
): Promise<{ items: Step[]; next: string | null }> {
  const query = { limit: 50, ...(other ? { with: other } : {}), ...(cursor ? { cursor } : {}) };
  const params = { path: { ledger_id, member_id }, query };
  const page = await unwrap(
    api.GET('/api/v1/ledgers/{ledger_id}/balances/{member_id}', { params }),
  );
  const payments = await paymentsAmong(ledger_id, member_id, page.items);
  const items = page.items.map((step) => {
    const payment = payments.get(step.expense_id);
    return payment ? { ...step, payment } : step;
  });
  return { items, next: page.next_cursor ?? null };
}

/** The payments among the steps, by their ids. */
async function paymentsAmong(
  ledger_id: string,
  member_id: string,
  steps: readonly Step[],
): Promise<Map<string, Expense>> {
  const days = steps.filter(({ kind }) => kind === 'settlement').map(({ spent_on }) => spent_on);
  const [to, from] = [days[0], days.at(-1)];
  if (!to || !from) return new Map();
  const query = { kind: 'settlement', member_id, from, to, limit: 200 } as const;
  const { items } = await unwrap(
    api.GET('/api/v1/ledgers/{ledger_id}/expenses', { params: { path: { ledger_id }, query } }),
  );
  return new Map(items.map((payment) => [payment.id, payment]));
}

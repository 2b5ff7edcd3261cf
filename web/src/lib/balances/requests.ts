import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { components } from '#lib/api/schema.ts';

type Schemas = components['schemas'];
export type Balances = Schemas['Balances'];
export type MemberBalance = Schemas['MemberBalance'];
export type Transfer = Schemas['PlannedTransfer'];
export type Step = Schemas['BalanceStep'];

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
  return { items: page.items, next: page.next_cursor ?? null };
}

import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { LedgerMember } from '#lib/api/types.ts';

const members = '/api/v1/ledgers/{ledger_id}/members';
const one = `${members}/{member_id}` as const;

/** What can be changed about a member. */
export type Fields = Pick<LedgerMember, 'name' | 'role' | 'weight'> & { archived: boolean };
export type Role = LedgerMember['role'];

export async function listMembers(ledger_id: string): Promise<LedgerMember[]> {
  return (await unwrap(api.GET(members, { params: { path: { ledger_id } } }))).items;
}

/** Adds a person without an account; the same id again adds nobody twice. */
export function addMember(
  ledger_id: string,
  body: { id: string; name: string; role?: Role },
): Promise<LedgerMember> {
  return unwrap(api.POST(members, { params: { path: { ledger_id } }, body }));
}

export function changeMember(
  ledger_id: string,
  member: LedgerMember,
  wanted: Partial<Fields>,
): Promise<LedgerMember> {
  const { name, role, weight, archived_at } = member;
  const body = { name, role, weight, archived: Boolean(archived_at), ...wanted };
  return unwrap(api.PUT(one, { params: at(ledger_id, member), body }));
}

/** Takes a member out: away where there is no trace of it, else archived. */
export async function removeMember(ledger_id: string, member: LedgerMember): Promise<void> {
  await unwrap(api.DELETE(one, { params: at(ledger_id, member) }));
}

function at(ledger_id: string, { id, version }: LedgerMember) {
  return { path: { ledger_id, member_id: id }, header: { 'If-Match': `"${version}"` } };
}

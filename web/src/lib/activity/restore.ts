import { api } from '#lib/api/client.ts';
import { ApiProblem, unwrap } from '#lib/api/problem.ts';
import type { Category, Change, Ledger, LedgerMember } from '#lib/api/types.ts';
import { create, fieldsOf, save } from '#lib/categories/save.ts';
import { restoreState } from '#lib/expenses/actions.ts';
import { publish } from '#lib/expenses/list.svelte.ts';
import { getExpense } from '#lib/expenses/requests.ts';
import type { Expense } from '#lib/expenses/types.ts';
import { changeLedger } from '#lib/ledgers/requests.ts';
import { addMember, changeMember, listMembers, removeMember } from '#lib/members/requests.ts';
import { revokeInvite } from '#lib/members/invites.ts';
import { changesBefore, revertChange } from './requests.ts';
import { stateOf } from './states.ts';

/** Takes one change back. Members and invitations are no part of what the server reverts: they are changed anew. */
export async function takeBack(ledgerId: string, change: Change): Promise<void> {
  const { entity, seq, before, after } = change;
  if (entity === 'member') {
    if (before) return restoreMember(ledgerId, before as unknown as LedgerMember);
    return dropMember(ledgerId, after as unknown as LedgerMember);
  }
  if (entity === 'invite' && change.action === 'create')
    return revokeInvite(ledgerId, change.entity_id);
  const reverted: unknown = await revertChange(ledgerId, seq);
  if (entity === 'expense' && reverted) publish(ledgerId, reverted as Expense);
}

/** Brings an expense, a category, a member or the ledger back to what it was after a change, whatever came later. */
export async function restoreTo(ledgerId: string, change: Change, ledger: Ledger): Promise<void> {
  const state: unknown = stateOf(change);
  if (change.entity === 'member') return restoreMember(ledgerId, state as LedgerMember);
  if (change.entity === 'category') return restoreCategory(ledgerId, state as Category);
  if (change.entity === 'ledger') {
    const { name, archived_at, default_split = null } = state as Ledger;
    await changeLedger(ledger, { name, archived: Boolean(archived_at), default_split });
  }
  if (change.entity === 'expense') {
    const now = await getExpense(ledgerId, change.entity_id);
    await restoreState(ledgerId, now, state as Expense);
  }
}

async function restoreMember(ledgerId: string, then: LedgerMember) {
  const { id, name, role, weight, archived_at } = then;
  const present = (await listMembers(ledgerId)).find((member) => member.id === id);
  const member = present ?? (await addMember(ledgerId, { id, name, role }));
  await changeMember(ledgerId, member, { name, role, weight, archived: Boolean(archived_at) });
}

async function dropMember(ledgerId: string, { id }: LedgerMember) {
  const present = (await listMembers(ledgerId)).find((member) => member.id === id);
  if (!present) throw new ApiProblem({ status: 409, code: 'revert_conflict' });
  await removeMember(ledgerId, present);
}

async function restoreCategory(ledgerId: string, then: Category) {
  const params = { path: { ledger_id: ledgerId } };
  const { items } = await unwrap(api.GET('/api/v1/ledgers/{ledger_id}/categories', { params }));
  const present = items.find(({ id }) => id === then.id);
  const { archived, ...fields } = fieldsOf(then);
  if (present) await save(ledgerId, present, { ...fields, archived });
  // an id whose category is gone can be given again
  else await create(ledgerId, then.id, fields);
}

/** The newest change in a ledger's history. */
export async function newestSeq(ledgerId: string): Promise<number> {
  return (await changesBefore(ledgerId, {}))[0]?.seq ?? 0;
}

import { page } from '$app/state';
import type { Ledger } from '#lib/api/types.ts';
import { rememberedLedger } from './last.ts';

/** The ledger that a page is about; where it is about none, such as the settings, the one that was looked at last. */
export function chosenLedger(): Ledger {
  const { ledger, ledgers = [] } = page.data;
  const found = ledger ?? rememberedLedger(ledgers) ?? ledgers.find(({ personal }) => personal);
  if (!found) throw new Error('no page that is signed in is without a ledger');
  return found;
}

/** Whether the user may add and change expenses and categories here. */
export function mayEdit(ledger: Pick<Ledger, 'role' | 'archived_at'>): boolean {
  return ledger.role !== 'viewer' && !ledger.archived_at;
}

/** Whether the user may decide on the members, the invitations and the ledger itself. */
export function mayManage(ledger: Pick<Ledger, 'role' | 'personal'>): boolean {
  return ledger.role === 'owner' && !ledger.personal;
}

import type { Ledger } from '#lib/api/types.ts';
import { m } from '#lib/paraglide/messages.js';

/** What a ledger is called: one's own bears one's own name, which says less than what it is. */
export function ledgerName({ name, personal }: Pick<Ledger, 'name' | 'personal'>): string {
  return personal ? m.ledgers_personal() : name;
}

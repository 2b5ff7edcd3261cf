import { plain } from './categories.ts';
import { findPayees } from './requests.ts';
import type { Payee } from './types.ts';

/** So long an expense waits to hear of its payee before it goes without, in milliseconds. */
const patience = 2_000;

/** The payee among these that somebody means who has typed this. */
export function meant(payees: readonly Payee[], typed: string): Payee | undefined {
  const wanted = plain(typed);
  return wanted === '' ? undefined : payees.find(({ payee }) => plain(payee) === wanted);
}

/** What is known of a payee; nothing where it is new, or no answer comes. */
export async function knownPayee(ledger_id: string, typed: string): Promise<Payee | undefined> {
  try {
    const payees = await findPayees(ledger_id, typed.trim(), AbortSignal.timeout(patience));
    return meant(payees, typed);
  } catch {
    // it is a help: without an answer the expense goes without a category
    return undefined;
  }
}

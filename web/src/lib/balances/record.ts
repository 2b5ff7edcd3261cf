import { invalidate } from '$app/navigation';
import { newId } from '#lib/api/id.ts';
import { attempt, offerUndo, trash } from '#lib/expenses/actions.ts';
import type { Book } from '#lib/expenses/book.ts';
import { publish } from '#lib/expenses/list.svelte.ts';
import { createExpense } from '#lib/expenses/requests.ts';
import { m } from '#lib/paraglide/messages.js';
import { nameOf } from '#lib/sharing/people.ts';
import type { Transfer } from './requests.ts';

/** Writes a payment down, all of it or a part, and offers to take it back. Says whether it was done. */
export async function record(book: Book, transfer: Transfer, spent_on: string): Promise<boolean> {
  const { id: ledger_id, currency } = book.ledger;
  const { from, to, amount } = transfer;
  const refresh = () => invalidate(`ledger:${ledger_id}`);
  return attempt(async () => {
    const payment = await createExpense(ledger_id, {
      id: newId(),
      kind: 'settlement',
      spent_on,
      amount,
      currency,
      payee: m.sharing_settlement_payee(),
      paid_by: [{ member_id: from, amount }],
      split: { mode: 'equal', parts: [{ member_id: to }] },
    });
    publish(ledger_id, payment);
    const text = m.balances_recorded({ from: nameOf(book, from), to: nameOf(book, to) });
    offerUndo(text, async () => {
      await trash(ledger_id, payment, true);
      await refresh();
    });
    await refresh();
  });
}

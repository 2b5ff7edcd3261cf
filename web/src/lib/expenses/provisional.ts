import { convert } from '#lib/money/convert.ts';
import { sharesOf } from '#lib/sharing/sharing.ts';
import type { Book } from './book.ts';
import type { Expense, ExpenseBody } from './types.ts';

/** What the expense will look like, until the server says it. */
export function provisional(book: Book, id: string, body: ExpenseBody): Expense {
  const { currency: own, member_id } = book.ledger;
  const { amount, currency, rate } = body;
  const converted =
    currency && rate && currency !== own ? convert(amount, currency, own, rate).amount : amount;
  const now = new Date().toISOString();
  const paid_by = body.paid_by ?? [{ member_id, amount }];
  const split = body.split ?? { mode: 'equal', parts: [{ member_id }] };
  return {
    id,
    kind: body.kind ?? 'expense',
    spent_on: body.spent_on,
    amount,
    currency: currency ?? own,
    rate: rate ?? null,
    ledger_amount: converted ?? amount,
    payee: body.payee,
    note: body.note ?? '',
    category_id: body.category_id ?? null,
    tags: body.tags ?? [],
    paid_by,
    split,
    shares: sharesOf(split, paid_by, amount, converted ?? amount, id),
    created_by: member_id,
    created_at: now,
    updated_at: now,
    deleted_at: null,
    version: 0,
  };
}

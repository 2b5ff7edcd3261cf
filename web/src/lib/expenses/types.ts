import type { components, operations } from '#lib/api/schema.ts';

type Schemas = components['schemas'];

export type Expense = Schemas['Expense'];
export type ExpenseBody = Schemas['ExpenseBody'];
export type Kind = Schemas['Kind'];
export type Category = Schemas['Category'];
export type Ledger = Schemas['Ledger'];
export type LedgerMember = Schemas['LedgerMember'];
export type Payee = Schemas['KnownPayee'];
export type TagCount = Schemas['KnownTag'];
export type Batch = Schemas['Batch'];
export type Change = Schemas['Change'];
export type ListQuery = NonNullable<operations['list_expenses']['parameters']['query']>;
export type Sort = NonNullable<ListQuery['sort']>;

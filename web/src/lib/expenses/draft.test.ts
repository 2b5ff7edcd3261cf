import { expect, it } from 'vitest';
import { bodyOf, draftOf, emptyDraft, faultsOf, sameDraft } from './draft.ts';
import { mergeDrafts } from './merge.ts';
import type { Expense } from './types.ts';

const ledger = { currency: 'EUR' };
const base = { ...emptyDraft(ledger, '2026-05-13'), amount: '12.50', payee: 'Bakery', tags: ['a'] };

it('makes a refund of what is below zero, and back', () => {
  const expense = { ...bodyOf({ ...base, type: 'refund' }, ledger), kind: 'expense' } as Expense;
  expect(expense.amount).toBe(-1250);
  expect(draftOf(expense, ',')).toMatchObject({ type: 'refund', amount: '12,50' });
});

it('says what is missing before the server does', () => {
  expect(faultsOf(base, ledger)).toEqual({});
  expect(faultsOf({ ...base, amount: '', payee: ' ' }, ledger)).toEqual({
    amount: 'empty',
    payee: 'empty',
  });
  expect(faultsOf({ ...base, amount: '3-3' }, ledger)).toEqual({ amount: 'zero' });
  expect(faultsOf({ ...base, currency: 'USD' }, ledger)).toEqual({ rate: 'rate' });
  expect(faultsOf({ ...base, currency: 'USD', rate: '0,92' }, ledger)).toEqual({});
});

it('sends a rate for a foreign currency only', () => {
  expect(bodyOf({ ...base, rate: '2' }, ledger).rate).toBeNull();
  expect(bodyOf({ ...base, currency: 'USD', rate: '0,92' }, ledger).rate).toBe('0.92');
});

it('takes the same amount typed otherwise for the same', () => {
  expect(sameDraft(base, { ...base, amount: '12,5' })).toBe(true);
  expect(sameDraft(base, { ...base, amount: '12.51' })).toBe(false);
});

it('merges what does not collide', () => {
  const mine = { ...base, payee: 'Baker', tags: ['a', 'b'] };
  const theirs = { ...base, amount: '13.00', tags: ['c'], note: 'rolls' };
  expect(mergeDrafts(base, mine, theirs)).toEqual({
    draft: { ...base, payee: 'Baker', amount: '13.00', note: 'rolls', tags: ['c', 'b'] },
    conflicts: [],
  });
});

it('leaves to be chosen what both changed', () => {
  const mine = { ...base, amount: '14', payee: 'Same' };
  const theirs = { ...base, amount: '13', payee: 'Same' };
  expect(mergeDrafts(base, mine, theirs)).toEqual({ draft: mine, conflicts: ['amount'] });
});

import { expect, it } from 'vitest';
import { bodyOf, draftOf, emptyDraft, faultsOf, sameDraft, type Draft } from './draft.ts';
import { catchUp, mergeDrafts } from './merge.ts';
import type { Expense } from './types.ts';

const ledger = { currency: 'EUR' };
const paid_by = [{ member_id: 'ann', amount: '' }];
const split: Draft['split'] = {
  mode: 'equal',
  parts: ['ann', 'bob'].map((member_id) => ({ member_id, value: '' })),
};
const base: Draft = {
  ...emptyDraft(ledger, '2026-05-13', { paid_by, split }),
  amount: '12.50',
  payee: 'Bakery',
  tags: ['a'],
};

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

it('merges who paid and how it is split, each for itself', () => {
  const mine: Draft = { ...base, paid_by: [{ member_id: 'bob', amount: '' }], amount: '20' };
  const theirs: Draft = { ...base, split: { mode: 'equal', parts: split.parts.slice(0, 1) } };
  expect(mergeDrafts(base, mine, theirs)).toEqual({
    draft: { ...mine, split: theirs.split },
    conflicts: [],
  });
  const other: Draft = { ...base, paid_by: [{ member_id: 'cem', amount: '' }] };
  expect(mergeDrafts(base, mine, other).conflicts).toEqual(['paid_by']);
});

it('tells where two changes that are joined do not add up', () => {
  const parts = [{ member_id: 'ann', value: '12.50' }];
  const theirs: Draft = { ...base, split: { mode: 'exact', parts } };
  const { draft } = mergeDrafts(base, { ...base, amount: '20' }, theirs);
  expect(faultsOf(draft, ledger)).toEqual({ split: 'sum' });
});

it('says nothing of payers and splits in a ledger of one', () => {
  const alone = { ...emptyDraft(ledger, '2026-05-13'), amount: '1', payee: 'Bakery' };
  expect(faultsOf(alone, ledger)).toEqual({});
  expect(bodyOf(alone, ledger)).not.toHaveProperty('split');
});

it('refuses a payment to oneself', () => {
  const parts = [{ member_id: 'ann', value: '' }];
  const self: Draft = { ...base, type: 'settlement', split: { mode: 'equal', parts } };
  expect(faultsOf(self, ledger)).toEqual({ split: 'self' });
});

it('takes over what somebody else changes while one writes, but for what one has changed', () => {
  const mine = { ...base, note: 'for Sunday', amount: '13' };
  const { began, taken, conflicts } = catchUp(base, mine, {
    ...base,
    payee: 'Baker',
    amount: '14.00',
    tags: ['a', 'b'],
  });
  expect(taken).toEqual(['payee', 'tags']);
  expect(conflicts).toEqual(['amount']);
  expect(mine).toMatchObject({
    payee: 'Baker',
    amount: '13',
    note: 'for Sunday',
    tags: ['a', 'b'],
  });

  // what has been taken over is not mine: when it changes again, that is taken over, too
  const later = catchUp(began, mine, { ...base, payee: 'Bakery', amount: '14.00' });
  expect(later.taken).toEqual(['payee', 'tags']);
  expect(later.conflicts).toEqual(['amount']);
  expect(mine).toMatchObject({ payee: 'Bakery', amount: '13', tags: ['a'] });
});

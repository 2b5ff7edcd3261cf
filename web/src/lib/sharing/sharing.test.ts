import { expect, it } from 'vitest';
import type { Book } from '#lib/expenses/book.ts';
import { people } from './people.ts';
import { between, defaultSplit, startSharing, withoutArchived } from './start.ts';
import { mergeSplits, samePayers, sameSplit } from './same.ts';
import {
  borne,
  inMode,
  payersFault,
  payments,
  shareOut,
  splitBody,
  splitDraft,
  splitFault,
  type SplitDraft,
  type SplitMode,
  type Whole,
} from './sharing.ts';

const whole: Whole = { amount: 1000, currency: 'EUR', refund: false };
const seed = '0198f2c5-7a10-7cc3-98c4-dc0c0c07398f';

function split(mode: SplitMode, values: Record<string, string>): SplitDraft {
  return {
    mode,
    parts: Object.entries(values).map(([member_id, value]) => ({ member_id, value })),
  };
}

const three = split('equal', { ann: '', bob: '', cem: '' });

it('tells to the cent who bears what, and who gets the odd one', () => {
  const result = borne(three, whole, 1000, seed);
  expect([...(result?.shares.values() ?? [])]).toEqual([333, 334, 333]);
  expect(result?.odd).toEqual(['bob']);
  expect(borne(three, { ...whole, amount: undefined }, 0, seed)).toBeUndefined();
});

it('tells what is missing, and what is too much', () => {
  expect(splitFault(split('exact', { ann: '7', bob: '2,5' }), whole)).toEqual({
    code: 'sum',
    missing: 50,
  });
  expect(splitFault(split('exact', { ann: '7', bob: '3.01' }), whole)).toEqual({
    code: 'sum',
    missing: -1,
  });
  expect(splitFault(split('percent', { ann: '60', bob: '39.99' }), whole)).toEqual({
    code: 'sum',
    missing: 1,
  });
  expect(splitFault(split('shares', { ann: '1', bob: '-1' }), whole)).toEqual({
    code: 'value',
    member_id: 'bob',
  });
  expect(splitFault(split('shares', { ann: '0' }), whole)).toEqual({ code: 'nobody' });
  expect(splitFault(split('equal', {}), whole)).toEqual({ code: 'nobody' });
  expect(splitFault(split('adjusted', { ann: '2', bob: '' }), whole)).toBeUndefined();
});

it('shares out what is missing among those who have nothing yet', () => {
  const values = (draft: SplitDraft) => draft.parts.map(({ value }) => value);
  expect(values(shareOut(split('exact', { ann: '4', bob: '', cem: '' }), whole, seed))).toEqual([
    '4.00',
    '3.00',
    '3.00',
  ]);
  expect(values(shareOut(split('percent', { ann: '60', bob: '60' }), whole, seed))).toEqual([
    '50',
    '50',
  ]);
});

it('turns the signs round for a refund, which is typed without them', () => {
  const refund = { amount: -1000, currency: 'EUR', refund: true };
  const typed = split('exact', { ann: '7', bob: '3' });
  expect(splitFault(typed, refund)).toBeUndefined();
  expect(splitBody(typed, refund).parts.map(({ value }) => value)).toEqual([-700, -300]);
  expect(splitDraft(splitBody(typed, refund), refund)).toEqual(
    split('exact', { ann: '7.00', bob: '3.00' }),
  );
  expect(splitFault(split('exact', { ann: '7' }), refund)).toEqual({ code: 'sum', missing: 300 });
});

it('begins another mode with what everybody bears now', () => {
  const values = (mode: SplitMode) =>
    inMode(three, mode, whole, seed).parts.map(({ value }) => value);
  expect(values('exact')).toEqual(['3.33', '3.34', '3.33']);
  expect(values('percent')).toEqual(['33.33', '33.34', '33.33']);
  expect(values('shares')).toEqual(['1', '1', '1']);
  expect(values('adjusted')).toEqual(['', '', '']);
});

it('leaves out whose part is nothing', () => {
  expect(splitBody(split('exact', { ann: '10', bob: '' }), whole).parts).toEqual([
    { member_id: 'ann', value: 1000 },
  ]);
  expect(splitBody(split('adjusted', { ann: '1', bob: '' }), whole).parts).toHaveLength(2);
});

it('lets one pay it all, and several what they typed', () => {
  const one = [{ member_id: 'ann', amount: '' }];
  const two = [
    { member_id: 'ann', amount: '6' },
    { member_id: 'bob', amount: '3' },
    { member_id: 'cem', amount: '' },
  ];
  expect(payments(one, whole)).toEqual([{ member_id: 'ann', amount: 1000 }]);
  expect(payersFault(one, whole)).toBeUndefined();
  expect(payersFault(two, whole)).toEqual({ code: 'sum', missing: 100 });
  expect(payments(two, whole)).toHaveLength(2);
  expect(payersFault([...one, { member_id: 'bob', amount: '-1' }], whole)).toEqual({
    code: 'value',
    member_id: 'bob',
  });
});

it('takes the same payers and splits typed otherwise for the same', () => {
  const paid_by = [{ member_id: 'ann', amount: '' }];
  const a = { paid_by, split: split('exact', { ann: '10', bob: '' }) };
  const b = { paid_by, split: split('exact', { ann: '10.00' }) };
  expect(sameSplit(a, whole, b, whole)).toBe(true);
  expect(samePayers(a, whole, b, { ...whole, amount: 5 })).toBe(true);
  expect(sameSplit(a, whole, { paid_by, split: three }, whole)).toBe(false);
});

it('merges splits member by member, and gives up where both changed the same one', () => {
  const base = split('shares', { ann: '1', bob: '1', cem: '1' });
  const mine = split('shares', { ann: '2', bob: '1', cem: '1' });
  expect(mergeSplits(base, mine, split('shares', { ann: '1', bob: '1' }))).toEqual(
    split('shares', { ann: '2', bob: '1' }),
  );
  expect(mergeSplits(base, mine, split('shares', { ann: '3', bob: '1', cem: '1' }))).toBe(
    undefined,
  );
  expect(mergeSplits(base, mine, split('equal', { ann: '' }))).toBeUndefined();
  const [without, other] = [split('equal', { ann: '', bob: '' }), split('equal', { cem: '' })];
  expect(mergeSplits(three, without, other)).toBeUndefined();
});

function member(id: string, more: object = {}) {
  const created_at = '2026-01-01T00:00:00Z';
  return { id, name: id, role: 'editor', weight: 1, version: 1, created_at, ...more };
}

function book(more: object = {}): Book {
  return {
    ledger: { currency: 'EUR', member_id: 'bob' },
    categories: [],
    members: [member('ann'), member('bob'), member('cem', { archived_at: '2026-01-01' })],
    ...more,
  } as unknown as Book;
}

it('begins with oneself and everybody who is here', () => {
  expect(people(book()).map(({ id }) => id)).toEqual(['bob', 'ann']);
  expect(startSharing(book(), null)).toEqual({
    paid_by: [{ member_id: 'bob', amount: '' }],
    split: split('equal', { bob: '', ann: '' }),
  });
  expect(startSharing(book({ members: [member('bob')] }), null).paid_by).toEqual([]);
});

it('begins with the default of the category, then of its parent, then of the ledger, then with the weights', () => {
  const given = (mode: SplitMode, values: Record<string, number>) => ({
    mode,
    parts: Object.entries(values).map(([member_id, value]) => ({ member_id, value })),
  });
  const rich = book({
    ledger: { member_id: 'bob', default_split: given('shares', { ann: 2, bob: 1 }) },
    categories: [
      { id: 'home', default_split: given('percent', { ann: 6000, cem: 4000 }) },
      { id: 'rent', parent_id: 'home', default_split: null },
      { id: 'past', default_split: given('equal', { cem: 0 }) },
    ],
    members: [...book().members, member('dan', { weight: 3 })],
  });
  // who is archived falls out, and percentages become proportions
  expect(defaultSplit(rich, 'rent')).toEqual(split('shares', { ann: '6000' }));
  expect(defaultSplit(rich, 'past')).toEqual(split('shares', { ann: '2', bob: '1' }));
  const weighed = { ...rich, ledger: { ...rich.ledger, default_split: null } };
  expect(defaultSplit(weighed, null)).toEqual(split('shares', { bob: '1', ann: '1', dan: '3' }));
});

it('splits between oneself and those who are named, or just them', () => {
  const [ann, bob] = book().members;
  if (!ann || !bob) throw new Error('they are there');
  expect(between(book(), [ann]).parts.map((part) => part.member_id)).toEqual(['bob', 'ann']);
  expect(between(book(), [bob]).parts.map((part) => part.member_id)).toEqual(['bob']);
});

it('leaves those who are archived out of a copy', () => {
  const draft = { paid_by: [{ member_id: 'cem', amount: '' }], split: split('equal', { cem: '' }) };
  expect(withoutArchived(book(), draft)).toEqual(startSharing(book(), null));
});

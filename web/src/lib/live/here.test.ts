import { expect, test } from 'vitest';
import { othersHere } from './here.ts';

const bert = { member_id: 'bert', name: 'Bert' };

test('somebody who is here in several tabs is here once, with what they edit', () => {
  const tabs = [bert, { ...bert, expense_id: 'lunch' }, { ...bert, expense_id: 'rent' }];
  expect(othersHere(tabs, 'ada', undefined)).toEqual([{ ...bert, edits: 'another' }]);
  expect(othersHere(tabs, 'ada', 'lunch')).toEqual([{ ...bert, edits: 'this' }]);
  expect(othersHere(tabs.toReversed(), 'ada', 'lunch')).toEqual([{ ...bert, edits: 'this' }]);
});

test('one is not among the others', () => {
  expect(othersHere([{ ...bert, expense_id: null }], 'bert', undefined)).toEqual([]);
  expect(othersHere([{ ...bert, expense_id: null }], 'ada', undefined)).toEqual([
    { ...bert, edits: undefined },
  ]);
});

import { expect, test } from 'vitest';
import { lastAction } from './undoable.ts';

const me = 'me';
const change = (
  seq: number,
  more: { actor?: string; reverts?: number; at?: string; entity?: 'ledger' } = {},
) => ({
  seq,
  at: more.at ?? String(seq),
  actor: more.actor ?? me,
  reverts: more.reverts ?? null,
  entity: more.entity ?? ('expense' as const),
  action: 'create' as const,
});
const seqs = (changes: Parameters<typeof lastAction>[0]) =>
  lastAction(changes, me).map(({ seq }) => seq);

test('the last action is the newest change of mine', () => {
  expect(seqs([change(3, { actor: 'other' }), change(2), change(1)])).toEqual([2]);
});

test('what was taken back is left alone, and so is the taking back', () => {
  expect(seqs([change(3, { reverts: 2 }), change(2), change(1)])).toEqual([1]);
});

test('what somebody else took back is left alone too', () => {
  expect(seqs([change(3, { reverts: 2, actor: 'other' }), change(2), change(1)])).toEqual([1]);
});

test('what was done again can be taken back again', () => {
  expect(seqs([change(4, { reverts: 3 }), change(3, { reverts: 2 }), change(2)])).toEqual([2]);
});

test('the changes of one moment are one action', () => {
  const at = 'noon';
  expect(seqs([change(4, { at }), change(3, { at }), change(2), change(1)])).toEqual([4, 3]);
});

test('what a ledger began with stays', () => {
  const at = 'noon';
  expect(seqs([change(2, { at }), change(1, { at, entity: 'ledger' })])).toEqual([]);
});

test('without a change of mine there is nothing', () => {
  expect(seqs([change(1, { actor: 'other' })])).toEqual([]);
});

import { expect, test } from 'vitest';
import { ledgerOf } from './invites.ts';

test('a token tells its ledger', () => {
  const bytes = [0x01, 0x9a, 0xd8, 0xa2, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0xff, 0xfe];
  const all = String.fromCharCode(...bytes, ...Array.from({ length: 24 }, (_, at) => 250 - at));
  const token = btoa(all).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  expect(ledgerOf(token)).toBe('019ad8a2-0000-7000-8000-00000000fffe');
});

test('what is no token tells nothing', () => {
  expect(ledgerOf('')).toBeUndefined();
  expect(ledgerOf('no token!')).toBeUndefined();
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convert } from './convert.ts';
import { currencies, currencyDecimals } from './currency.ts';
import { decimalString } from './format.ts';
import { parseAmount, type ParsedAmount } from './parse.ts';
import { allocate, owed, type Shares, type Split } from './split.ts';

// The cases that the Rust tests read as well: a rule that exists twice is pinned by one file.
function read<T>(file: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../../money/vectors/${file}`, import.meta.url), 'utf8'),
  ) as T;
}

interface Amounts {
  parse: { text: string; currency: string; expected: ParsedAmount }[];
  format: { amount: number; currency: string; expected: { plain: string } }[];
  convert: { amount: number; from: string; to: string; rate: string; expected: ParsedAmount }[];
}

interface Splits {
  owed: {
    name: string;
    split: Split;
    total_ledger: number;
    total_original: number;
    seed: string;
    expected: Shares;
  }[];
  allocate: {
    name: string;
    weights: { member_id: string; weight: number }[];
    total: number;
    seed: string;
    expected: Shares;
  }[];
}

const amounts = read<Amounts>('amounts.json');
const splits = read<Splits>('splits.json');

test('currencies have their decimals', () => {
  const decimals = read<Record<string, number>>('currencies.json');
  for (const [currency, expected] of Object.entries(decimals)) {
    expect(currencyDecimals(currency), currency).toBe(expected);
  }
});

test('the currencies to choose from are those that the server takes', () => {
  expect(currencies).toEqual(Object.keys(read<Record<string, number>>('currencies.json')).sort());
});

describe('amounts', () => {
  test.each(amounts.parse)('$text in $currency is read', ({ text, currency, expected }) => {
    expect(parseAmount(text, currency)).toEqual(expected);
  });

  test.each(amounts.format)('$amount $currency is written', ({ amount, currency, expected }) => {
    expect(decimalString(amount, currencyDecimals(currency))).toBe(expected.plain);
  });

  test.each(amounts.convert)(
    '$amount $from at $rate $to',
    ({ amount, from, to, rate, expected }) => {
      expect(convert(amount, from, to, rate)).toEqual(expected);
    },
  );
});

describe('splits', () => {
  test.each(splits.owed)('$name', ({ split, total_ledger, total_original, seed, expected }) => {
    expect(owed(split, total_ledger, total_original, seed)).toEqual(expected);
  });

  test.each(splits.allocate)('$name', ({ total, weights, seed, expected }) => {
    expect(allocate(total, weights, seed)).toEqual(expected);
  });
});

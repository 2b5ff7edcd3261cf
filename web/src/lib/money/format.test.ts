import { expect, test } from 'vitest';
import { decimalString, formatMoney, moneyParts } from './format.ts';

test('amounts are written as the locale writes them', () => {
  expect(formatMoney(123456, 'EUR', { locale: 'en' })).toBe('€1,234.56');
  expect(formatMoney(123456, 'EUR', { locale: 'de', symbol: 'none' })).toBe('1.234,56');
  expect(formatMoney(1500, 'JPY', { locale: 'en' })).toBe('¥1,500');
  expect(formatMoney(1500, 'KWD', { locale: 'en', symbol: 'none' })).toBe('1.500');
});

test('what is below zero has a minus, not a hyphen', () => {
  expect(formatMoney(-1250, 'EUR', { locale: 'en' })).toBe('−€12.50');
  expect(formatMoney(-1250, 'EUR', { locale: 'de', symbol: 'none' })).toBe('−12,50');
  const parts = moneyParts(-1250, 'EUR', { locale: 'en', symbol: 'none' });
  expect(parts.map(({ value }) => value)).toEqual(['−', '12', '.', '50']);
});

test('the largest amount keeps its last unit', () => {
  expect(formatMoney(Number.MAX_SAFE_INTEGER, 'EUR', { locale: 'en' })).toBe(
    '€90,071,992,547,409.91',
  );
});

test('a decimal string has as many decimals as the currency', () => {
  expect(decimalString(-5, 2)).toBe('-0.05');
  expect(decimalString(7, 0)).toBe('7');
  expect(decimalString(1, 3)).toBe('0.001');
});

import { describe, expect, it } from 'vitest';
import { readQuickLine, type QuickContext } from './quickline.ts';
import type { Category, LedgerMember } from './types.ts';

const category = (id: string, name: string) => ({ id, name, version: 1 }) as Category;
const context: QuickContext = {
  currency: 'EUR',
  // a Wednesday
  today: '2026-05-13',
  categories: [
    category('f', 'Food & drink'),
    category('g', 'Groceries'),
    category('e', 'Eating out'),
  ],
  members: [{ id: 'b', name: 'Ben Müller' } as LedgerMember],
};

function read(line: string) {
  const { category, members, ...rest } = readQuickLine(line, context);
  return { ...rest, category: category?.id, members: members.map(({ id }) => id) };
}

describe('one line', () => {
  it('is an amount, a payee, a member, a category and a date', () => {
    expect(read('12.50 lunch @ben #food yesterday')).toEqual({
      income: false,
      amount: '12.50',
      payee: 'lunch',
      category: 'f',
      tags: [],
      members: ['b'],
      spent_on: '2026-05-12',
    });
  });

  it.each([
    ['12.50+3*2 lunch', '12.50+3*2', 'lunch'],
    ['lunch 12,50', '12,50', 'lunch'],
    ['12.50 + 3 lunch', '12.50+3', 'lunch'],
    ['-20 shoes', '-20', 'shoes'],
    ['(3+4)*2 cake', '(3+4)*2', 'cake'],
    ["1'200 rent", "1'200", 'rent'],
    ['9 7-Eleven', '9', '7-Eleven'],
  ])('computes: %s', (line, amount, payee) => {
    expect(read(line)).toMatchObject({ amount, payee });
  });

  it.each([
    ['12 USD taxi', 'USD'],
    ['USD 12 taxi', 'USD'],
    ['12usd taxi', 'USD'],
    ['12 usd taxi', 'USD'],
    ['$12 taxi', 'USD'],
    ['12€ taxi', 'EUR'],
    ['12 € taxi', 'EUR'],
    ['£12.50 taxi', 'GBP'],
  ])('knows currencies: %s', (line, currency) => {
    expect(read(line)).toMatchObject({ currency, payee: 'taxi' });
  });

  it('takes a sign that several currencies share for the ledger’s own', () => {
    const own = { ...context, currency: 'CAD' };
    expect(readQuickLine('$5 donut', own).currency).toBe('CAD');
  });

  it('does not take words for currencies', () => {
    expect(read('12 all you can eat')).toMatchObject({ amount: '12', payee: 'all you can eat' });
    expect(read('12 all you can eat').currency).toBeUndefined();
  });

  it.each([
    ['5 bus today', '2026-05-13'],
    ['5 bus heute', '2026-05-13'],
    ['5 bus gestern', '2026-05-12'],
    ['5 bus vorgestern', '2026-05-11'],
    ['5 bus monday', '2026-05-11'],
    ['5 bus on Wednesday', '2026-05-13'],
    ['5 bus am Freitag', '2026-05-08'],
    ['5 bus last friday', '2026-05-08'],
    ['5 bus sun', '2026-05-10'],
    ['5 bus do.', '2026-05-07'],
    ['5 bus 3.5.', '2026-05-03'],
    ['5 3.5. bus', '2026-05-03'],
    ['5 bus 24.12.', '2025-12-24'],
    ['5 bus 03.05.2024', '2024-05-03'],
    ['5 bus 3.5.24', '2024-05-03'],
    ['2026-05-03 5 bus', '2026-05-03'],
    ['5 bus 3 May', '2026-05-03'],
    ['5 bus 3. März', '2026-03-03'],
    ['5 bus may 3', '2026-05-03'],
  ])('knows days: %s', (line, spent_on) => {
    expect(read(line)).toMatchObject({ spent_on, payee: 'bus', amount: '5' });
  });

  it('leaves what is no date to the payee', () => {
    expect(read('5 Sun Cafe')).toMatchObject({ payee: 'Sun Cafe' });
    expect(read('5 bus 31.2.')).toMatchObject({ payee: 'bus 31.2.' });
    expect(read('5 bus 31.2.').spent_on).toBeUndefined();
  });

  it('tells tags from categories, and keeps the first category', () => {
    expect(read('5 x #trip #groceries #food #eating-out')).toMatchObject({
      category: 'g',
      tags: ['trip', 'food', 'eating-out'],
    });
    expect(read('5 x #eating-out').category).toBe('e');
    expect(read('5 x #trip').tags).toEqual(['trip']);
  });

  it('begins with a plus for income', () => {
    expect(read('+2000 salary')).toMatchObject({ income: true, amount: '2000', payee: 'salary' });
    expect(read('+ 2000 salary')).toMatchObject({ income: true, amount: '2000' });
  });

  it('keeps an unknown @name in the payee, and says nothing that was not said', () => {
    expect(read('cafe @anna')).toEqual({
      income: false,
      payee: 'cafe @anna',
      category: undefined,
      tags: [],
      members: [],
    });
  });
});

import { expect, test } from 'vitest';
import { made } from '#lib/outbox/fixtures.ts';
import { authorsOf } from './authors.ts';
import type { Change } from './types.ts';

const change = (actor: string, at: string, before: object | null, after: object) =>
  ({
    actor,
    at,
    before: before && made('a', before),
    after: made('a', after),
  }) as unknown as Change;

test('each field is by the last that changed it, whoever changed something else since', () => {
  const changes = [
    change('cleo', '12:00', { payee: 'Baker', note: '' }, { payee: 'Baker', note: 'rye' }),
    change('bert', '11:00', { payee: 'Bakery' }, { payee: 'Baker' }),
    change('ada', '10:00', null, { payee: 'Bakery' }),
  ];
  expect(authorsOf(changes, ['payee', 'note', 'spent_on'])).toMatchObject({
    payee: { actor: 'bert', at: '11:00' },
    note: { actor: 'cleo', at: '12:00' },
    spent_on: { actor: 'ada', at: '10:00' },
  });
});

test('of what is not among the changes nobody is the author', () => {
  const changes = [change('bert', '11:00', { payee: 'Bakery' }, { payee: 'Baker' })];
  expect(authorsOf(changes, ['note']).note).toBeUndefined();
});

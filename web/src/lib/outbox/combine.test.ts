import { expect, test } from 'vitest';
import { isUnseen } from './combine.ts';
import { made } from './fixtures.ts';
import type { Entry } from './waiting.svelte.ts';

const entry = (deleted_at: string | null) => ({ expected: made('a', { deleted_at }) }) as Entry;

test('what arrives in the trash is not seen, unless the user has put it there', () => {
  const trashed = made('a', { version: 2, deleted_at: '2026-03-15' });
  expect(isUnseen(entry(null), trashed)).toBe(true);
  expect(isUnseen(entry('2026-03-15'), trashed)).toBe(false);
  expect(isUnseen(entry(null), made('a'))).toBe(false);
});

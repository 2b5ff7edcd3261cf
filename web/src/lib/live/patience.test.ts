import { expect, test } from 'vitest';
import { firstWait, nextWait } from './patience.ts';

const [second, hour] = [1_000, 3_600_000];

test('each stream that does not hold doubles the wait, up to half a minute', () => {
  let wait = firstWait;
  const waits = Array.from({ length: 7 }, () => (wait = nextWait(wait, undefined, 0)));
  expect(waits).toEqual([2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * second));
});

test('a stream that held for long begins anew, however often others have broken before', () => {
  expect(nextWait(30 * second, undefined, hour)).toBe(firstWait);
  expect(nextWait(30 * second, undefined, 5 * second)).toBe(30 * second);
});

test('a stream that the server ends with a reason is opened again soon', () => {
  expect(nextWait(16 * second, 'expired', 0)).toBe(firstWait);
});

test('one stream too many stays away for a while', () => {
  expect(nextWait(firstWait, 'too_many', hour)).toBe(30 * second);
});

import { expect, test } from 'vitest';
import { completing } from './completing.ts';

/** What is asked, each answered when the test says. */
function asked() {
  const answers: ((options: string[]) => void)[] = [];
  const signals: AbortSignal[] = [];
  const ask = (_: string, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string[]>((resolve) => answers.push(resolve));
  };
  return { ask, answers, signals };
}

test('an answer that comes late does not take the place of a newer one', async () => {
  const { ask, answers, signals } = asked();
  let options: string[] = [];
  const complete = completing(ask, (found) => (options = found));
  const both = [complete('m'), complete('me')];
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  answers[1]?.(['mensa']);
  answers[0]?.(['market', 'mensa']);
  await Promise.all(both);
  expect(options).toEqual(['mensa']);
});

test('without an answer what was offered stays', async () => {
  let options = ['mensa'];
  const complete = completing(
    () => Promise.reject(new Error('no network')),
    (found: string[]) => (options = found),
  );
  await complete('m');
  expect(options).toEqual(['mensa']);
});

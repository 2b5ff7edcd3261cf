import { afterEach, beforeEach, expect, test, vi } from 'vitest';

interface Fetched {
  request: { method: string; url: string; mode: string };
  respondWith: (answer: Promise<Response>) => void;
}
const { listeners, self } = vi.hoisted(() => {
  const listeners = new Map<string, (event: Fetched) => void>();
  const self = {
    location: { origin: 'http://outlay.test' },
    addEventListener: (name: string, listener: (event: Fetched) => void) =>
      void listeners.set(name, listener),
  };
  return { listeners, self };
});
vi.mock('$app/env', () => ({ version: '1' }));
vi.mock('$app/manifest', () => ({ assets: [], immutable: [] }));
vi.mock('$app/service-worker', () => ({ self }));

await import('./index.ts');

const request = { method: 'GET', url: 'http://outlay.test/expenses', mode: 'navigate' };

/** The text of the page that somebody gets who goes to the expenses. */
function visit(): Promise<string> {
  return new Promise((resolve, reject) => {
    const respondWith = (answer: Promise<Response>) =>
      void answer.then((page) => page.text()).then(resolve, reject);
    listeners.get('fetch')?.({ request, respondWith });
  });
}
function keeps(page: Response | undefined) {
  vi.stubGlobal('caches', { match: () => Promise.resolve(page) });
}

beforeEach(() => {
  vi.useFakeTimers();
  keeps(new Response('kept'));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('the page comes from the server where it answers', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('fresh')));
  expect(await visit()).toBe('fresh');
});

test.each([
  ['there is no connection', () => Promise.reject(new TypeError('offline'))],
  ['the server has no page to give', () => Promise.resolve(new Response('', { status: 502 }))],
  ['nothing answers', () => new Promise<Response>(() => undefined)],
])('the page that is kept comes where %s', async (_, answer) => {
  vi.stubGlobal('fetch', answer);
  const page = visit();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await page).toBe('kept');
});

test('where no page is kept, the server is waited for', async () => {
  keeps(undefined);
  let answer: (page: Response) => void = () => undefined;
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)));
  const page = visit();
  await vi.advanceTimersByTimeAsync(10_000);
  answer(new Response('late'));
  expect(await page).toBe('late');
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { busy, untilThereIsTime } from './busy.svelte.ts';
import { signedFetch } from './client.ts';
import { dropToken, keepToken, refreshToken } from './token.ts';
import type { SessionAnswer } from './types.ts';

const url = 'http://outlay.test/api/v1/ledgers';
const told = (status: number, seconds?: number) =>
  new Response(null, { status, headers: seconds ? { 'retry-after': String(seconds) } : {} });
const fine = () => new Response(null, { status: 200 });

/** Gives these answers in turn, the last one for ever. */
function answers(...all: (() => Response)[]) {
  let at = 0;
  const server = vi.fn(() => Promise.resolve((all[at++] ?? all.at(-1) ?? fine)()));
  vi.stubGlobal('fetch', server);
  return server;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.stubGlobal('localStorage', {
    getItem: () => null,
    setItem: () => undefined,
    removeItem: () => undefined,
  });
  busy.inVainUntil = 0;
});

afterEach(() => {
  dropToken();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test.each([429, 503])(
  'what is answered by %i is asked again when the server says',
  async (status) => {
    const server = answers(() => told(status, 3), fine);
    const response = signedFetch(new Request(url));
    await vi.advanceTimersByTimeAsync(2_999);
    expect(server).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await response).status).toBe(200);
    expect(server).toHaveBeenCalledTimes(2);
  },
);

test('where the server does not say when, each attempt waits longer', async () => {
  const server = answers(() => told(503));
  const response = signedFetch(new Request(url));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(server).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(server).toHaveBeenCalledTimes(3);
  await vi.runAllTimersAsync();
  expect((await response).status).toBe(503);
  expect(server).toHaveBeenCalledTimes(4);
});

test('a wait that is too long for anybody is not begun', async () => {
  const server = answers(() => told(429, 60));
  expect((await signedFetch(new Request(url))).status).toBe(429);
  expect(server).toHaveBeenCalledOnce();
});

test('once waiting was in vain, the rest of the page is not waited for as well', async () => {
  const server = answers(() => told(503, 1));
  const first = signedFetch(new Request(url));
  await vi.runAllTimersAsync();
  await first;
  server.mockClear();
  expect((await signedFetch(new Request(url))).status).toBe(503);
  expect(server).toHaveBeenCalledOnce();
});

test('somebody is told after a second, and no longer than it takes', async () => {
  answers(
    () => told(503, 1),
    () => told(503, 1),
    fine,
  );
  const response = signedFetch(new Request(url));
  await vi.advanceTimersByTimeAsync(999);
  expect(busy.long).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(busy.long).toBe(1);
  await vi.runAllTimersAsync();
  await response;
  expect(busy.long).toBe(0);
});

test('who gives up does not wait', async () => {
  const server = answers(() => told(503, 5));
  const patience = new AbortController();
  const response = signedFetch(new Request(url, { signal: patience.signal }));
  const ended = expect(response).rejects.toMatchObject({ code: 'network' });
  await vi.advanceTimersByTimeAsync(1_500);
  patience.abort(new DOMException('', 'TimeoutError'));
  await ended;
  expect(busy.long).toBe(0);
  expect(server).toHaveBeenCalledOnce();
});

/** How often this is sent where the answer is always this one. */
async function sent(status: number, method: string, body?: object) {
  const server = answers(() => told(status, 1));
  const response = signedFetch(
    new Request(url, { method, ...(body ? { body: JSON.stringify(body) } : {}) }),
  );
  await vi.runAllTimersAsync();
  expect((await response).status).toBe(status);
  return server.mock.calls.length;
}

test.each([
  ['PUT', { name: 'Flat' }],
  ['DELETE', undefined],
  ['POST', { id: '01', name: 'Flat' }],
])('%s may be done twice and waits once', async (method, body) => {
  expect(await sent(503, method, body)).toBe(2);
});

test.each([[{ into: '01' }], [undefined]])(
  'what may not be done twice is sent again only where it has not been done',
  async (body) => {
    expect(await sent(503, 'POST', body)).toBe(1);
    busy.inVainUntil = 0;
    expect(await sent(429, 'POST', body)).toBe(2);
  },
);

test('what waits is not sent for whoever signs in meanwhile', async () => {
  const session = { access_token: 'hers', expires_in: 600, user: { id: 'ada' } } as SessionAnswer;
  keepToken(session);
  const server = answers(() => told(503, 5));
  const response = signedFetch(new Request(url, { method: 'PUT', body: '{}' }));
  const ended = expect(response).rejects.toMatchObject({ status: 401 });
  await vi.advanceTimersByTimeAsync(1_000);
  dropToken();
  keepToken({ ...session, access_token: 'his', user: { ...session.user, id: 'bert' } });
  await vi.runAllTimersAsync();
  await ended;
  expect(server).toHaveBeenCalledOnce();
});

test('a stream is opened again by whoever listens', async () => {
  const server = answers(() => told(503, 1));
  const request = new Request(url, { headers: { accept: 'text/event-stream' } });
  expect((await signedFetch(request)).status).toBe(503);
  expect(server).toHaveBeenCalledOnce();
});

test('a session is asked for again, too', async () => {
  const session = { access_token: 'new', expires_in: 600, user: { id: 'ada' } };
  const server = answers(
    () => told(503, 1),
    () => Response.json(session),
  );
  const answer = refreshToken();
  await vi.runAllTimersAsync();
  expect(await answer).toMatchObject(session);
  expect(server).toHaveBeenCalledTimes(2);
});

test('an answer that has nothing to do with it is an answer', async () => {
  const response = await untilThereIsTime(undefined, () => Promise.resolve(told(500, 1)));
  expect(response.status).toBe(500);
});

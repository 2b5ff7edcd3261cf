import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signedFetch } from './client.ts';
import { newId } from './id.ts';
import { dropToken, keepToken } from './token.ts';
import type { SessionAnswer } from './types.ts';

const origin = 'http://outlay.test';
const answer = (token: string) => ({ access_token: token, expires_in: 600 }) as SessionAnswer;

let refreshed = 0;
let accepted = 'first';

function server(input: Request | string): Promise<Response> {
  if (typeof input === 'string') {
    refreshed += 1;
    accepted = `fresh-${refreshed}`;
    return Promise.resolve(Response.json(answer(accepted)));
  }
  const ok = input.headers.get('authorization') === `Bearer ${accepted}`;
  return Promise.resolve(new Response(null, { status: ok ? 200 : 401 }));
}

/** As much of the browser's storage as is asked for: the tests run in node. */
function storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  refreshed = 0;
  accepted = 'first';
  vi.stubGlobal('fetch', vi.fn(server));
});

afterEach(() => {
  dropToken();
  vi.unstubAllGlobals();
});

const request = () => new Request(`${origin}/api/v1/me`, { method: 'POST', body: '{}' });

test('a request carries the access token', async () => {
  keepToken(answer('first'));
  expect((await signedFetch(request())).status).toBe(200);
  expect(refreshed).toBe(0);
});

test('requests that are refused at the same time share one refresh and are sent again', async () => {
  keepToken(answer('first'));
  accepted = 'other';
  const responses = await Promise.all([signedFetch(request()), signedFetch(request())]);
  expect(responses.map((response) => response.status)).toEqual([200, 200]);
  expect(refreshed).toBe(1);
});

test('a token that is about to end is refreshed before it is used', async () => {
  vi.useFakeTimers();
  keepToken(answer('first'));
  vi.advanceTimersByTime(580_000);
  await signedFetch(request());
  vi.useRealTimers();
  expect(refreshed).toBe(1);
});

test('a refresh that a page which is gone has begun is waited for, but not for ever', async () => {
  vi.useFakeTimers();
  localStorage.setItem('outlay-refreshing', String(Date.now()));
  keepToken(answer('first'));
  accepted = 'other';
  const response = signedFetch(request());
  await vi.advanceTimersByTimeAsync(2000);
  expect(refreshed).toBe(0);
  await vi.advanceTimersByTimeAsync(2000);
  expect((await response).status).toBe(200);
  vi.useRealTimers();
  expect(refreshed).toBe(1);
});

test('without an answer the problem is the network', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
  await expect(signedFetch(request())).rejects.toMatchObject({ code: 'network', status: 0 });
});

test('ids are UUIDs of version 7 and sort by time', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newId(1_700_000_000_000) < newId(1_700_000_000_001)).toBe(true);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signedFetch } from './client.ts';
import { newId } from './id.ts';
import { dropToken, expectSession, keepToken, onSomebodyElse, refreshToken } from './token.ts';
import type { SessionAnswer } from './types.ts';

const origin = 'http://outlay.test';
const answer = (token: string, id = 'ada') =>
  ({ access_token: token, expires_in: 600, user: { id } }) as SessionAnswer;

let refreshed = 0;
let accepted = 'first';
/** Whose session the browser's cookie is for. */
let cookie = 'ada';

function server(input: Request | string): Promise<Response> {
  if (typeof input === 'string') {
    refreshed += 1;
    accepted = `fresh-${refreshed}`;
    return Promise.resolve(Response.json(answer(accepted, cookie)));
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
  cookie = 'ada';
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

/** What was sent with this token. */
const sentWith = (token: string) =>
  vi
    .mocked(fetch)
    .mock.calls.filter(
      ([input]) =>
        input instanceof Request && input.headers.get('authorization') === `Bearer ${token}`,
    );

test('nothing of one user is sent with the session of another', async () => {
  const somebodyElse = vi.fn();
  onSomebodyElse(somebodyElse);
  keepToken(answer('first'));
  accepted = 'other';
  cookie = 'bert';
  await expect(signedFetch(request())).rejects.toMatchObject({ status: 401 });
  expect((await signedFetch(request())).status).toBe(401);
  expect(somebodyElse).toHaveBeenCalledOnce();
  expect(sentWith('fresh-1')).toEqual([]);
});

test('a page that goes by who was here last does not go on with the session of another', async () => {
  const back = vi.fn();
  expectSession('ada', back);
  cookie = 'bert';
  await expect(signedFetch(request())).rejects.toMatchObject({ status: 401 });
  expect(back).not.toHaveBeenCalled();
  expect(sentWith('fresh-1')).toEqual([]);
});

test('what is refused after its user has left is not sent again for the next one', async () => {
  keepToken(answer('first'));
  accepted = 'other';
  const response = signedFetch(request());
  dropToken();
  keepToken(answer('other', 'bert'));
  expect((await response).status).toBe(401);
  expect(refreshed).toBe(0);
});

test('a session that is answered after its user has left is not gone on with', async () => {
  keepToken(answer('first'));
  accepted = 'other';
  vi.stubGlobal('fetch', (input: Request | string) => {
    if (typeof input === 'string') dropToken();
    return server(input);
  });
  await expect(signedFetch(request())).rejects.toMatchObject({ status: 401 });
  expect((await signedFetch(request())).status).toBe(401);
  expect(refreshed).toBe(1);
});

test('a new session is waited for so long only, and kept when it comes late', async () => {
  vi.useFakeTimers();
  keepToken(answer('first'));
  accepted = 'other';
  let arrive: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (arrive = resolve));
  vi.stubGlobal('fetch', async (input: Request | string) => {
    if (typeof input === 'string') await late;
    return server(input);
  });
  const first = expect(signedFetch(request())).rejects.toMatchObject({ code: 'network' });
  await vi.advanceTimersByTimeAsync(20_000);
  await first;
  const second = signedFetch(request());
  await vi.advanceTimersByTimeAsync(1_000);
  arrive();
  expect((await second).status).toBe(200);
  vi.useRealTimers();
  expect(refreshed).toBe(1);
});

test('a session that comes late is that of the page which has gone on without it', async () => {
  vi.useFakeTimers();
  let arrive: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (arrive = resolve));
  vi.stubGlobal('fetch', async (input: Request | string) => {
    if (typeof input === 'string') await late;
    return server(input);
  });
  const first = expect(refreshToken()).rejects.toMatchObject({ code: 'network' });
  await vi.advanceTimersByTimeAsync(20_000);
  await first;
  const back = vi.fn();
  expectSession('ada', back);
  const second = signedFetch(request());
  arrive();
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  expect((await second).status).toBe(200);
  expect(back).toHaveBeenCalledOnce();
});

test('without an answer the problem is the network', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
  await expect(signedFetch(request())).rejects.toMatchObject({ code: 'network', status: 0 });
});

test('ids are UUIDs of version 7 and sort by time', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newId(1_700_000_000_000) < newId(1_700_000_000_001)).toBe(true);
});

test('a refresh without an answer is waited for no longer than the request', async () => {
  keepToken({ ...answer('first'), expires_in: -3600 });
  accepted = 'other';
  let end: (response: Response) => void = () => undefined;
  const refresh = vi.fn(() => new Promise<Response>((resolve) => (end = resolve)));
  vi.stubGlobal('fetch', (input: Request | string) =>
    typeof input === 'string' ? refresh() : server(input),
  );
  const patience = new AbortController();
  const asked = signedFetch(new Request(request(), { signal: patience.signal }));
  await vi.waitFor(() => expect(refresh).toHaveBeenCalled());
  patience.abort(new DOMException('', 'TimeoutError'));
  await expect(asked).rejects.toMatchObject({ code: 'network' });
  end(Response.json(answer('late')));
  await vi.waitFor(() => expect(localStorage.getItem('outlay-refreshing')).toBeNull());
});

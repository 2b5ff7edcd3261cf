import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SessionAnswer } from '#lib/api/types.ts';

vi.mock('#lib/locale/locale.svelte.ts', () => ({ locale: { current: 'en', use: () => 0 } }));

const items = new Map<string, string>();
const reload = vi.fn();
/** Whom the server signs in. */
let who = 'ada';
/** Another tab of the browser. */
let other: BroadcastChannel;
let heard: unknown[] = [];
let channels: BroadcastChannel[] = [];

/** A page of its own: modules and all. */
async function page() {
  vi.resetModules();
  const { session } = await import('./session.svelte.ts');
  const { refreshToken } = await import('#lib/api/token.ts');
  const signIn = (id: string) => {
    who = id;
    return session.signIn({ email: `${id}@outlay.test`, password: 'correct horse' });
  };
  return { session, refreshToken, signIn };
}

beforeEach(() => {
  items.clear();
  reload.mockReset();
  heard = [];
  channels = [];
  vi.stubGlobal(
    'BroadcastChannel',
    class extends BroadcastChannel {
      constructor(name: string) {
        super(name);
        channels.push(this);
      }
    },
  );
  other = new BroadcastChannel('outlay-session');
  other.onmessage = ({ data }) => heard.push(data);
  vi.stubGlobal('location', { reload, origin: 'http://outlay.test' });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  });
  const answer = () =>
    ({ access_token: who, expires_in: 600, user: { id: who, locale: 'en' } }) as SessionAnswer;
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(input: string, init?: RequestInit) {
        super(new URL(input, 'http://outlay.test'), init);
      }
    },
  );
  vi.stubGlobal('fetch', () =>
    Promise.resolve(who ? Response.json(answer()) : new Response(null, { status: 401 })),
  );
});

afterEach(() => {
  for (const channel of channels) channel.close();
  vi.unstubAllGlobals();
});

test('the other tabs are told who signs in, and whose session is lost', async () => {
  const { session, refreshToken, signIn } = await page();
  await signIn('ada');
  who = '';
  await expect(refreshToken()).rejects.toMatchObject({ status: 401 });
  expect(session).toMatchObject({ user: null, lost: true });
  await vi.waitUntil(() => heard.length === 2);
  expect(heard).toEqual([
    { kind: 'signed-in', user: 'ada' },
    { kind: 'lost', user: 'ada' },
  ]);
});

test('a page of one user begins anew when another signs in elsewhere', async () => {
  const { signIn } = await page();
  await signIn('ada');
  other.postMessage({ kind: 'signed-in', user: 'ada' });
  other.postMessage({ kind: 'signed-in', user: 'bert' });
  await vi.waitUntil(() => reload.mock.calls.length > 0);
  expect(reload).toHaveBeenCalledOnce();
});

test('a session that was lost in another tab is lost here too, but not that of somebody else', async () => {
  const { session, signIn } = await page();
  await signIn('bert');
  items.set('outlay.signed-in', '1');
  other.postMessage({ kind: 'lost', user: 'ada' });
  other.postMessage({ kind: 'lost', user: 'bert' });
  await vi.waitUntil(() => session.user === null);
  expect(session.lost).toBe(true);
  // what the browser remembers is the teller's business: somebody may have signed in since
  expect(items.get('outlay.signed-in')).toBe('1');
});

test('the page after one that lost its session says so too', async () => {
  const { session, refreshToken, signIn } = await page();
  await signIn('ada');
  who = '';
  await expect(refreshToken()).rejects.toMatchObject({ status: 401 });
  expect(session.user).toBeNull();
  const next = await page();
  await next.session.start();
  expect(next.session.lost).toBe(true);
});

test('a page begins anew when the cookie turns out to be somebody else’s', async () => {
  const { session, refreshToken, signIn } = await page();
  await signIn('ada');
  who = 'bert';
  await expect(refreshToken()).rejects.toMatchObject({ status: 401 });
  expect(reload).toHaveBeenCalledOnce();
  expect(session.user?.id).toBe('ada');
});

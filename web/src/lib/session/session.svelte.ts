import { api } from '#lib/api/client.ts';
import { ApiProblem, unwrap } from '#lib/api/problem.ts';
import { dropToken, keepToken, onSessionLost, refreshToken } from '#lib/api/token.ts';
import type { SessionAnswer, User } from '#lib/api/types.ts';
import { locale } from '#lib/locale/locale.svelte.ts';

const hint = 'outlay.signed-in';

/** Who is signed in. One per page; the tabs of a browser tell each other when somebody signs out. */
class Session {
  user: User | null = $state.raw(null);
  /** Whether the session ended without being signed out here: revoked, or expired. */
  lost = $state(false);
  #started: Promise<void> | undefined;
  #channel =
    typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('outlay-session');

  constructor() {
    onSessionLost(() => {
      this.lost = this.user !== null || remembered();
      this.#forget();
    });
    this.#channel?.addEventListener('message', () => this.#forget());
  }

  /** Picks up the session that the browser holds a cookie for, once. Throws only if the server cannot be reached. */
  start(): Promise<void> {
    this.#started ??= this.#resume().catch((cause: unknown) => {
      this.#started = undefined;
      throw cause;
    });
    return this.#started;
  }

  async signUp(account: { email: string; password: string; name: string; currency?: string }) {
    const body = { ...account, locale: locale.current };
    this.#adopt(await unwrap(api.POST('/api/v1/auth/register', { body })));
  }

  async signIn(credentials: { email: string; password: string }) {
    this.#adopt(await unwrap(api.POST('/api/v1/auth/login', { body: credentials })));
  }

  async signOut() {
    await unwrap(api.POST('/api/v1/auth/logout'));
    this.#forget();
    this.#channel?.postMessage('signed-out');
  }

  /** Takes over a profile that has just been read or saved. */
  update(user: User) {
    this.user = user;
    locale.use(user.locale);
  }

  async #resume() {
    // without the hint nobody ever signed in here: a first visit needs no request to know that
    if (!remembered()) return;
    try {
      this.#adopt(await refreshToken());
    } catch (cause) {
      if (!(cause instanceof ApiProblem) || (cause.status !== 401 && cause.status !== 403))
        throw cause;
    }
  }

  #adopt(answer: SessionAnswer) {
    this.lost = false;
    keepToken(answer);
    this.update(answer.user);
    remember(true);
  }

  #forget() {
    dropToken();
    remember(false);
    this.user = null;
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(hint) === '1';
  } catch {
    return true;
  }
}

function remember(signedIn: boolean) {
  try {
    if (signedIn) localStorage.setItem(hint, '1');
    else localStorage.removeItem(hint);
  } catch {
    // without storage each visit asks the server
  }
}

export const session = new Session();

/** The user, where a page exists only for somebody who is signed in. */
export function signedInUser(): User {
  if (!session.user) throw new ApiProblem({ status: 401, code: 'unauthenticated' });
  return session.user;
}

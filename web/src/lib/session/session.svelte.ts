import { api } from '#lib/api/client.ts';
import { ApiProblem, isPassing, unwrap } from '#lib/api/problem.ts';
import {
  dropToken,
  expectSession,
  keepToken,
  onSessionLost,
  onSomebodyElse,
  refreshToken,
} from '#lib/api/token.ts';
import type { SessionAnswer, User } from '#lib/api/types.ts';
import { locale } from '#lib/locale/locale.svelte.ts';

const hint = 'outlay.signed-in';
/** In place of the hint: also the next page says that the session has ended. */
const ended = 'ended';
const lastUser = 'outlay.user';

/** What a tab tells the others, for they share its cookie: who has signed in or out, or whose session is over. */
interface Told {
  kind: 'signed-in' | 'signed-out' | 'lost';
  user: string;
}

/** Who is signed in. One per page; the tabs of a browser tell each other when that changes. */
class Session {
  user: User | null = $state.raw(null);
  /** Whether the session ended without being signed out here: revoked, or expired. */
  lost = $state(false);
  #started: Promise<void> | undefined;
  #channel =
    typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('outlay-session');

  constructor() {
    onSessionLost(() => {
      const { user } = this;
      this.lost = user !== null || remembered();
      this.#forget();
      if (this.lost) store(hint, ended);
      if (user) this.#tell('lost', user);
    });
    onSomebodyElse(() => {
      location.reload();
    });
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<Told>) => {
      this.#hear(data);
    });
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
    this.#enter(await unwrap(api.POST('/api/v1/auth/register', { body })));
  }

  async signIn(credentials: { email: string; password: string }) {
    this.#enter(await unwrap(api.POST('/api/v1/auth/login', { body: credentials })));
  }

  async signOut() {
    const { user } = this;
    await unwrap(api.POST('/api/v1/auth/logout'));
    this.#forget();
    if (user) this.#tell('signed-out', user);
  }

  /** Takes over a profile that has just been read or saved. */
  update(user: User) {
    this.user = user;
    store(lastUser, JSON.stringify(user));
    locale.use(user.locale);
  }

  async #resume() {
    // without the hint nobody ever signed in here: a first visit needs no request to know that
    if (!remembered()) {
      this.lost = stored(hint) === ended;
      return;
    }
    try {
      this.#adopt(await refreshToken());
    } catch (cause) {
      if (isPassing(cause)) return this.#presume(cause);
      if (!(cause instanceof ApiProblem) || (cause.status !== 401 && cause.status !== 403))
        throw cause;
    }
  }

  /** Without an answer it is whoever was here last: their entries can be seen and added to, and nothing is sent. */
  #presume(cause: unknown) {
    const user = JSON.parse(stored(lastUser) ?? 'null') as User | null;
    if (!user) throw cause;
    this.update(user);
    expectSession(user.id, (answer) => {
      this.#adopt(answer);
    });
  }

  #enter(answer: SessionAnswer) {
    this.#adopt(answer);
    this.#tell('signed-in', answer.user);
  }

  #adopt(answer: SessionAnswer) {
    this.lost = false;
    keepToken(answer);
    this.update(answer.user);
    store(hint, '1');
  }

  #forget() {
    store(hint);
    store(lastUser);
    this.#leave();
  }

  #leave() {
    dropToken();
    this.user = null;
  }

  #tell(kind: Told['kind'], { id: user }: User) {
    this.#channel?.postMessage({ kind, user } satisfies Told);
  }

  /** What the browser remembers is left to the tab that tells: somebody may have signed in since. */
  #hear({ kind, user }: Told) {
    const here = user === this.user?.id;
    if (kind !== 'signed-in') {
      if (!here) return;
      this.lost = kind === 'lost';
      this.#leave();
    } else if (!here) {
      // what this page shows is not for them, and what it sends is not theirs
      dropToken();
      location.reload();
    }
  }
}

/** Whether somebody signed in here; where nothing can be stored, it is asked for at each visit. */
function remembered(): boolean {
  return stored(hint) === '1';
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return key === hint ? '1' : null;
  }
}

function store(key: string, value?: string) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
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

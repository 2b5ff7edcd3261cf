import { apiOrigin } from './base.ts';
import { untilThereIsTime } from './busy.svelte.ts';
import { ApiProblem, networkProblem, problemFrom } from './problem.ts';
import type { SessionAnswer } from './types.ts';

let accessToken: string | undefined;
/** The id of the user whom the page is for, as long as there is one. */
let user: string | undefined;
let staleAt = 0;
let pending: Promise<SessionAnswer> | undefined;
let whenLost: () => void = () => undefined;
let whenSomebodyElse: () => void = () => undefined;
let whenBack: ((answer: SessionAnswer) => void) | undefined;

/** Keeps the access token in memory only: a script that reads the storage finds nothing. */
export function keepToken(answer: SessionAnswer) {
  accessToken = answer.access_token;
  user = answer.user.id;
  // half a minute early, so that a request does not arrive with a token that died on its way
  staleAt = Date.now() + Math.max(answer.expires_in - 30, 5) * 1000;
}

export function dropToken() {
  accessToken = undefined;
  user = undefined;
  whenBack = undefined;
  staleAt = 0;
}

/** The id of the user whom requests are made for. */
export function tokenUser(): string | undefined {
  return user;
}

/** Takes for granted that there is a session of this user, which could not be asked for yet; calls back once it has been. */
export function expectSession(id: string, callback: (answer: SessionAnswer) => void) {
  user = id;
  whenBack = callback;
}

/** Calls back when the session is over for good: revoked, expired or signed out elsewhere. */
export function onSessionLost(callback: () => void) {
  whenLost = callback;
}

/** Calls back when the browser's cookie turns out to be for somebody else than the page: they have signed in elsewhere. */
export function onSomebodyElse(callback: () => void) {
  whenSomebodyElse = callback;
}

/** A token that is still good for a request, or none where nobody is signed in. */
export async function currentToken(): Promise<string | undefined> {
  if (accessToken ? Date.now() >= staleAt : whenBack) await refreshToken();
  return accessToken;
}

/**
 * Trades the refresh cookie for a new session. The tabs of a browser share that cookie, and the server ends a session
 * whose refresh token comes twice: so the tabs queue, and within a tab all callers share one request.
 */
export function refreshToken(): Promise<SessionAnswer> {
  const whose = user;
  pending ??= inTurn(() => requestSession(whose)).finally(() => (pending = undefined));
  return inTime(pending);
}

/** So long an answer is waited for, in milliseconds: then it counts as none. */
const LIMIT = 20_000;

/** Only the waiting ends: the request goes on, for with it would go the new cookie, and the old one may be spent. */
function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(networkProblem());
    }, LIMIT);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Where it stands since when somebody has been refreshing, in milliseconds since 1970. */
const REFRESHING = 'outlay-refreshing';
/** How long an unfinished refresh is waited for: that of a page that was reloaded meanwhile goes on without it. */
const PATIENCE = 3000;

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = async () => {
    await untilNobodyRefreshes();
    localStorage.setItem(REFRESHING, String(Date.now()));
    try {
      return await work();
    } finally {
      localStorage.removeItem(REFRESHING);
    }
  };
  // locks exist in secure contexts only, and people run Outlay on plain http at home
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  return locks ? locks.request('outlay-refresh', turn) : turn();
}

async function untilNobodyRefreshes() {
  for (;;) {
    const age = Date.now() - Number(localStorage.getItem(REFRESHING) ?? 0);
    if (age < 0 || age > PATIENCE) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function requestSession(whose: string | undefined): Promise<SessionAnswer> {
  const ask = () =>
    fetch(`${apiOrigin}/api/v1/auth/refresh`, {
      method: 'POST',
      credentials: apiOrigin ? 'include' : 'same-origin',
      // outlives the page: a reload at this moment must not lose the new cookie, for the old one is spent
      keepalive: true,
    });
  const response = await untilThereIsTime(undefined, ask).catch(() => {
    throw networkProblem();
  });
  const body: unknown = await response.json().catch(() => undefined);
  // somebody has signed out or in on this page meanwhile: this answer is not about them
  if (whose !== undefined && user !== whose) throw notTheirs();
  if (response.ok) {
    // it broke off
    if (body === undefined) throw networkProblem();
    return taken(body as SessionAnswer);
  }
  const problem = problemFrom(response, body);
  if (endsSession(problem)) {
    dropToken();
    whenLost();
  }
  throw problem;
}

function taken(answer: SessionAnswer): SessionAnswer {
  if (user !== undefined && user !== answer.user.id) {
    dropToken();
    whenSomebodyElse();
    throw notTheirs();
  }
  keepToken(answer);
  whenBack?.(answer);
  whenBack = undefined;
  return answer;
}

/** For what is another user's, however it came about. */
export function notTheirs(): ApiProblem {
  return new ApiProblem({ status: 401, code: 'unauthenticated' });
}

function endsSession(problem: ApiProblem): boolean {
  return problem.status === 401 || problem.status === 403;
}

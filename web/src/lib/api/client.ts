import createClient from 'openapi-fetch';
import { apiOrigin } from './base.ts';
import { untilThereIsTime } from './busy.svelte.ts';
import { ApiProblem, networkProblem } from './problem.ts';
import type { paths } from './schema.ts';
import { currentToken, notTheirs, refreshToken, tokenUser } from './token.ts';

/**
 * The typed client of the API. `unwrap(api.GET(…))` gives the data or throws an `ApiProblem`.
 * It signs requests with the access token, and tries once more with a fresh one after a 401.
 */
export const api = createClient<paths, 'application/json'>({
  baseUrl: apiOrigin,
  credentials: apiOrigin ? 'include' : 'same-origin',
  fetch: signedFetch,
});

/**
 * `fetch` with the access token, for what the typed client cannot do: downloads and event streams. It waits where the server
 * is busy; a stream is opened again by whoever listens.
 */
export async function signedFetch(input: Request): Promise<Response> {
  if (new URL(input.url).pathname.includes('/auth/')) return send(input);
  if (input.headers.get('accept') === 'text/event-stream') return signedOnce(input);
  const user = tokenUser();
  const sendOnce = () => {
    // it has waited, and somebody else may have signed in on this page meanwhile
    if (user && tokenUser() !== user) throw notTheirs();
    return signedOnce(input.clone());
  };
  const mayRepeat = (refusal: Response) => mayBeDoneTwice(input, refusal);
  try {
    return await untilThereIsTime(
      input.signal,
      sendOnce,
      input.method === 'GET' ? undefined : mayRepeat,
    );
  } catch (cause) {
    throw asProblem(cause);
  }
}

/**
 * Whether it does not matter that a request may have been done: 429 says that it has not, PUT and DELETE do the same again,
 * and what creates is known by the id that we have chosen.
 */
async function mayBeDoneTwice(request: Request, { status }: Response): Promise<boolean> {
  if (status === 429 || request.method !== 'POST') return true;
  const body: unknown = await request
    .clone()
    .json()
    .catch(() => undefined);
  return typeof body === 'object' && body !== null && 'id' in body;
}

/** The same without waiting: for what is kept and sent later anyway. */
export async function signedOnce(input: Request): Promise<Response> {
  const again = input.clone();
  const user = tokenUser();
  const token = await noLonger(input.signal, currentToken());
  const response = await send(signed(input, token));
  // nor is it sent for whoever has signed in on this page meanwhile
  if (response.status !== 401 || !token || tokenUser() !== user) return response;
  const { access_token } = await noLonger(input.signal, refreshToken());
  return send(signed(again, access_token));
}

function signed(request: Request, token: string | undefined): Request {
  if (token) request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** Waits for a token only as long as for the answer. The refresh itself goes on: its cookie is good for one. */
function noLonger<T>(signal: AbortSignal, token: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(asProblem(signal.reason));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    token.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    throw asProblem(cause);
  }
}

/** What was given up by its caller stays that; all else is no answer. */
function asProblem(cause: unknown): Error {
  if (cause instanceof ApiProblem) return cause;
  return cause instanceof DOMException && cause.name === 'AbortError' ? cause : networkProblem();
}

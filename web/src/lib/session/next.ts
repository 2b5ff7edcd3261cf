import { resolve } from '$app/paths';
import { session } from './session.svelte.ts';

/** The address to go on to after signing in, if it leads nowhere but into this app. */
export function localPath(next: string | null): string | undefined {
  if (!next?.startsWith('/')) return undefined;
  const url = URL.parse(next, location.origin);
  return url?.origin === location.origin ? url.pathname + url.search : undefined;
}

/** Where somebody who is not signed in is sent from a page, to come back to it after signing in. */
export function signInFrom({ pathname, search }: Pick<URL, 'pathname' | 'search'>): string {
  const query = new URLSearchParams();
  if (session.lost) query.set('ended', '');
  if (pathname !== resolve('')) query.set('next', pathname + search);
  return resolve('sign-in') + (query.size > 0 ? `?${query}` : '');
}

import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { session } from '#lib/session/session.svelte.ts';

export async function load({ parent, url }) {
  await parent();
  if (!session.user) {
    const next = url.pathname + url.search;
    redirect(307, resolve('sign-in') + (next === '/' ? '' : `?next=${encodeURIComponent(next)}`));
  }
}

import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { session } from '#lib/session/session.svelte.ts';

export async function load({ url }) {
  // not in the outermost layout: what fails there, such as the network, would show no error page of ours
  await session.start();
  if (!session.user) {
    const next = url.pathname + url.search;
    redirect(307, resolve('sign-in') + (next === '/' ? '' : `?next=${encodeURIComponent(next)}`));
  }
}

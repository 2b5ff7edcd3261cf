import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { session } from '#lib/session/session.svelte.ts';

export async function load() {
  await session.start();
  if (session.user) redirect(307, resolve(''));
}

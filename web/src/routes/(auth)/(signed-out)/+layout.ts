import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { localPath } from '#lib/session/next.ts';
import { session } from '#lib/session/session.svelte.ts';

export async function load({ url }) {
  await session.start();
  if (session.user) redirect(307, localPath(url.searchParams.get('next')) ?? resolve(''));
}

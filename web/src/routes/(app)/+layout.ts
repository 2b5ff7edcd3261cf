import { redirect } from '@sveltejs/kit';
import { signInFrom } from '#lib/session/next.ts';
import { session } from '#lib/session/session.svelte.ts';

export async function load({ url }) {
  // not in the outermost layout: what fails there, such as the network, would show no error page of ours
  await session.start();
  if (!session.user) redirect(307, signInFrom(url));
}

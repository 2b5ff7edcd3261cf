import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import { problemText } from '#lib/api/problem-text.ts';
import { sending, waiting } from '#lib/outbox/waiting.svelte.ts';
import { toasts } from '#lib/ui/toasts.svelte.ts';
import { session } from './session.svelte.ts';

/** Signs out; asks before, where something waits to be sent. */
export async function signOut() {
  if (waiting.all.length > 0) {
    sending.leaving = () => void leave();
    return;
  }
  await leave();
}

async function leave() {
  try {
    await session.signOut();
    await goto(resolve('sign-in'));
  } catch (cause) {
    toasts.show({ tone: 'bad', text: problemText(cause) });
  }
}

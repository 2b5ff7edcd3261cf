import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import { problemText } from '#lib/api/problem-text.ts';
import { sending, waiting } from '#lib/outbox/waiting.svelte.ts';
import { toasts } from '#lib/ui/toasts.svelte.ts';
import { session } from './session.svelte.ts';

/** Signs out; asks before, where something waits to be sent. */
export async function signOut() {
  if (waiting.all.length > 0) {
    sending.leaving = (discard) => void leave(discard);
    return;
  }
  await leave(false);
}

async function leave(discard: boolean) {
  try {
    const { clearEntries } = await import('#lib/outbox/shelf.ts');
    const user = session.user?.id;
    await session.signOut();
    // not before: who could not be signed out has lost nothing
    if (discard && user) await clearEntries(user);
    await goto(resolve('sign-in'));
  } catch (cause) {
    toasts.show({ tone: 'bad', text: problemText(cause) });
  }
}

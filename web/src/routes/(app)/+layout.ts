import { redirect } from '@sveltejs/kit';
import { ledgerHref } from '#lib/ledgers/address.ts';
import { ledgerOnArrival } from '#lib/ledgers/last.ts';
import { loadLedgers } from '#lib/ledgers/list.ts';
import { signInFrom } from '#lib/session/next.ts';
import { session } from '#lib/session/session.svelte.ts';

export async function load({ url, depends, untrack }) {
  // not in the outermost layout: what fails there, such as the network, would show no error page of ours
  await session.start();
  if (!session.user) redirect(307, signInFrom(url));
  depends('me:ledgers');
  const ledgers = await loadLedgers();
  const last = ledgerOnArrival(
    ledgers,
    untrack(() => url.pathname),
  );
  if (last) redirect(307, ledgerHref('', last));
  return { ledgers };
}

import { goto } from '$app/navigation';
import { ledgerHref } from '#lib/ledgers/address.ts';
import { shortcuts } from '#lib/shell/shortcuts.svelte.ts';

/** Does what the shell's own key for adding does, so that there is one way to add an expense. */
export function add() {
  const shell = shortcuts.find('n');
  if (shell) shell.run();
  else void goto(`${ledgerHref('expenses')}?new`);
}

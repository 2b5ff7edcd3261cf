import { invalidate } from '$app/navigation';
import { ApiProblem } from '#lib/api/problem.ts';
import { problemText } from '#lib/api/problem-text.ts';
import type { LedgerMember } from '#lib/api/types.ts';
import { m } from '#lib/paraglide/messages.js';
import { toasts } from '#lib/ui/toasts.svelte.ts';
import { addMember, changeMember, listMembers, removeMember } from './requests.ts';

export function reload(ledgerId: string): Promise<void> {
  return invalidate(`ledger:${ledgerId}`);
}

/** Does it, shows a refusal as a note, and brings the page up to date either way. */
export async function attempt(ledgerId: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (cause) {
    toasts.show({ tone: 'bad', text: memberProblem(cause) });
    return false;
  } finally {
    await reload(ledgerId);
  }
}

/** Why the server would not have it, in the words of this page. */
export function memberProblem(cause: unknown): string {
  if (cause instanceof ApiProblem && cause.code === 'last_owner') return m.members_last_owner();
  return problemText(cause);
}

/** Takes somebody out of the ledger, with a way back. */
export async function remove(ledgerId: string, member: LedgerMember) {
  const { name } = member;
  const gone = await attempt(ledgerId, () => removeMember(ledgerId, member));
  if (!gone) return;
  toasts.show({
    tone: 'good',
    text: m.members_removed({ name }),
    action: {
      label: m.members_undo(),
      run: () => void attempt(ledgerId, () => bringBack(ledgerId, member)),
    },
  });
}

/** Brings back who was removed: out of the archive, or anew under the same id. */
export async function bringBack(ledgerId: string, { id, name, role, weight }: LedgerMember) {
  const present = (await listMembers(ledgerId)).find((member) => member.id === id);
  const member = present ?? (await addMember(ledgerId, { id, name, role }));
  if (present || member.weight !== weight)
    await changeMember(ledgerId, member, { name, role, weight, archived: false });
}

import type { Change } from '#lib/api/types.ts';

/** The state that a change offers to go back to: what it made, or what it took away. */
export function stateOf({ before, after }: Change): Change['after'] {
  const gone = !after || Boolean((after as { deleted_at?: string }).deleted_at);
  return gone ? before : after;
}

/** Whether somebody joined with their account: that is not undone, they are removed. */
export function joins({ entity, before, after }: Change): boolean {
  const [was, is] = [before, after].map((state) => state as { user_id?: string | null } | null);
  return entity === 'member' && Boolean(is?.user_id) && !was?.user_id;
}

import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { Category, Change } from '#lib/api/types.ts';
import type { Written } from './save.ts';

const most = 200;

/** Takes writes back, the last first; `since` is a number of the ledger's history from before them. */
export async function undo(ledgerId: string, since: number, writes: readonly Written[]) {
  const changes = await changesSince(ledgerId, since);
  const own = changes.filter((change) => writes.some((write) => isOf(change, write)));
  for (const { seq } of own.toReversed()) await revert(ledgerId, seq);
}

/**
 * Takes a merge back: the category, what was below it, and every expense that it had. A large one has begun with archiving the
 * category, and may still go on: bringing that back ends it.
 */
export async function undoMerge(ledgerId: string, since: number, source: Category) {
  const own = (await changesSince(ledgerId, since)).filter(
    ({ entity, entity_id, before }) =>
      entity === 'category' &&
      entity_id === source.id &&
      (state(before).version ?? 0) >= source.version,
  );
  if (own.length === 0) return;
  for (const { seq } of own.toReversed()) await revert(ledgerId, seq);
  const changes = await changesSince(ledgerId, since);
  const children = changes.filter(
    ({ entity, before, after }) =>
      entity === 'category' &&
      state(before).parent_id === source.id &&
      state(after).parent_id !== source.id,
  );
  const expenses = changes.filter(
    ({ entity, before, after }) =>
      entity === 'expense' &&
      state(before).category_id === source.id &&
      state(after).category_id !== source.id,
  );
  for (const { seq } of children) await revert(ledgerId, seq);
  for (let from = 0; from < expenses.length; from += most) {
    const items = expenses
      .slice(from, from + most)
      .map(({ entity_id, after }) => ({ id: entity_id, version: state(after).version ?? 0 }));
    await unwrap(
      api.POST('/api/v1/ledgers/{ledger_id}/expenses/batch', {
        params: { path: { ledger_id: ledgerId } },
        body: { items, category_id: source.id },
      }),
    );
  }
}

/** What matters here of a category or an expense in the history. */
interface State {
  version?: number;
  parent_id?: string | null;
  category_id?: string | null;
}

function state(of: unknown): State {
  return (of ?? {}) as State;
}

function isOf(change: Change, { id, version, gone }: Written): boolean {
  if (change.entity !== 'category' || change.entity_id !== id) return false;
  return gone
    ? !change.after && state(change.before).version === version
    : state(change.after).version === version;
}

async function changesSince(ledgerId: string, seq: number): Promise<Change[]> {
  const all: Change[] = [];
  for (let since = seq; ;) {
    const part = await unwrap(
      api.GET('/api/v1/ledgers/{ledger_id}/changes', {
        params: { path: { ledger_id: ledgerId }, query: { since, limit: most } },
      }),
    );
    all.push(...part.items);
    since = part.items.at(-1)?.seq ?? part.seq;
    if (since >= part.seq) return all;
  }
}

async function revert(ledgerId: string, seq: number) {
  await unwrap(
    api.POST('/api/v1/ledgers/{ledger_id}/changes/{seq}/revert', {
      params: { path: { ledger_id: ledgerId, seq } },
    }),
  );
}

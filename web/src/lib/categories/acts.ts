import { invalidate } from '$app/navigation';
import { ApiProblem } from '#lib/api/problem.ts';
import { problemText } from '#lib/api/problem-text.ts';
import type { Category } from '#lib/api/types.ts';
import { m } from '#lib/paraglide/messages.js';
import { toasts } from '#lib/ui/toasts.svelte.ts';
import { archive, currentOf, type Merged, remove, save, written, type Written } from './save.ts';
import { childrenOf } from './tree.ts';
import { undo, undoMerge } from './undo.ts';

/** What the editor is open for: a category, or a new one below another or by itself. */
export interface Editing {
  category?: Category;
  parentId?: string;
  /** What it begins with. */
  focus: 'name' | 'parent' | 'icon';
}

/** What a row can do about its category. */
export interface Acts {
  rename: (category: Category, name: string) => Promise<string | undefined>;
  archive: (category: Category, archived: boolean) => Promise<void>;
  remove: (category: Category) => Promise<void>;
  edit: (category: Category, focus: Editing['focus']) => void;
  add: (parentId?: string) => void;
  merge: (category: Category) => void;
  /** Only where there are several people to split between. */
  split: ((category: Category) => void) | undefined;
}

/** The ledger as the page has seen it: `seq` is where its history stood then. */
export interface Seen {
  ledger: { id: string; seq: number };
  categories: Category[];
}

export function reload({ ledger }: Seen): Promise<void> {
  return invalidate(`ledger:${ledger.id}`);
}

/** Shows what was done, with a way back. */
export async function done(seen: Seen, text: string, writes: readonly Written[]) {
  if (writes.length === 0) return;
  // the number as it was before the write: reloading raises it
  const { id, seq } = seen.ledger;
  offerUndo(seen, text, () => undo(id, seq, writes));
  await reload(seen);
}

/** Tells of a merge, of which the rest may still follow. */
export async function merged(
  seen: Seen,
  source: Category,
  { target, follows }: Merged,
  count: number,
) {
  const { id, seq } = seen.ledger;
  const names = { source: source.name, target: target.name };
  const text = follows ? m.categories_merging(names) : m.categories_merged({ count, ...names });
  offerUndo(seen, text, () => undoMerge(id, seq, source));
  await reload(seen);
}

export async function rename(
  seen: Seen,
  category: Category,
  name: string,
): Promise<string | undefined> {
  try {
    const after = await save(seen.ledger.id, category, { name });
    await done(seen, m.categories_renamed({ before: category.name, after: after.name }), [
      written(after),
    ]);
    return undefined;
  } catch (cause) {
    if (await outdated(seen, category, cause)) return undefined;
    return problemText(cause);
  }
}

export async function setDefaultSplit(
  seen: Seen,
  category: Category,
  default_split: NonNullable<Category['default_split']> | null,
) {
  const after = await save(seen.ledger.id, category, { default_split });
  await done(seen, m.sharing_default_saved({ name: after.name }), [written(after)]);
}

export async function setArchived(seen: Seen, category: Category, archived: boolean) {
  const children = childrenOf(seen.categories, category);
  await attempt(seen, category, async () => {
    const writes = await archive(seen.ledger.id, category, children, archived);
    const words = { name: category.name, count: writes.length - 1 };
    const text = archived ? m.categories_archived_done(words) : m.categories_unarchived_done(words);
    await done(seen, text, writes);
  });
}

export async function removeUnused(seen: Seen, category: Category) {
  await attempt(seen, category, async () => {
    const write = await remove(seen.ledger.id, category);
    await done(seen, m.categories_deleted({ name: category.name }), [write]);
  });
}

async function attempt(seen: Seen, category: Category, work: () => Promise<void>) {
  try {
    await work();
  } catch (cause) {
    if (await outdated(seen, category, cause)) return;
    toasts.show({ tone: 'bad', text: problemText(cause) });
  }
}

/** Says so and reads anew, where somebody else has changed or deleted the category meanwhile. */
async function outdated(seen: Seen, category: Category, cause: unknown): Promise<boolean> {
  const current = currentOf(cause);
  const gone = cause instanceof ApiProblem && cause.status === 404;
  if (!current && !gone) return false;
  const name = category.name;
  toasts.show({
    tone: 'bad',
    text: gone ? m.categories_gone({ name }) : m.categories_conflict({ name }),
  });
  await reload(seen);
  return true;
}

function offerUndo(seen: Seen, text: string, back: () => Promise<void>) {
  const run = async () => {
    try {
      await back();
      toasts.show({ text: m.categories_undone() });
    } catch (cause) {
      toasts.show({ tone: 'bad', text: problemText(cause) });
    }
    await reload(seen);
  };
  toasts.show({
    tone: 'good',
    text,
    action: { label: m.categories_undo(), run: () => void run() },
  });
}

import { api } from '#lib/api/client.ts';
import { ApiProblem, unwrap } from '#lib/api/problem.ts';
import type { Category, Split } from '#lib/api/types.ts';

/** What can be changed about a category. */
export interface Fields {
  name: string;
  icon: string | null;
  color: string | null;
  parent_id: string | null;
  archived: boolean;
  /** How its new expenses are split. */
  default_split: Split | null;
}

/** A write that can be undone: the version that it made, or with `gone` the one that it deleted. */
export interface Written {
  id: string;
  version: number;
  gone?: boolean;
}

export function fieldsOf(category: Category): Fields {
  return {
    name: category.name,
    icon: category.icon ?? null,
    color: category.color ?? null,
    parent_id: category.parent_id ?? null,
    archived: Boolean(category.archived_at),
    default_split: category.default_split ?? null,
  };
}

export function written({ id, version }: Category): Written {
  return { id, version };
}

/** Whether somebody else has meanwhile changed what is about to be changed, and to something else. */
export function collision(base: Category, wanted: Partial<Fields>, current: Category): boolean {
  const [was, is] = [fieldsOf(base), fieldsOf(current)];
  const keys = Object.keys(wanted) as (keyof Fields)[];
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return keys.some((key) => !same(is[key], was[key]) && !same(is[key], wanted[key]));
}

/** How the category stands now, where the server refused because of an old version. */
export function currentOf(cause: unknown): Category | undefined {
  if (!(cause instanceof ApiProblem) || cause.code !== 'version_conflict') return undefined;
  return cause.current as Category | undefined;
}

/** Changes a category; what somebody else has changed meanwhile stays, unless it collides: that throws the conflict. */
export async function save(
  ledgerId: string,
  base: Category,
  wanted: Partial<Fields>,
): Promise<Category> {
  try {
    return await put(ledgerId, base, wanted);
  } catch (cause) {
    const current = currentOf(cause);
    if (!current || collision(base, wanted, current)) throw cause;
    return put(ledgerId, current, wanted);
  }
}

function put(ledgerId: string, base: Category, wanted: Partial<Fields>): Promise<Category> {
  return unwrap(
    api.PUT('/api/v1/ledgers/{ledger_id}/categories/{category_id}', {
      params: at(ledgerId, base),
      body: { ...fieldsOf(base), ...wanted },
    }),
  );
}

export function create(
  ledgerId: string,
  id: string,
  fields: Omit<Fields, 'archived' | 'default_split'> & Partial<Pick<Fields, 'default_split'>>,
): Promise<Category> {
  return unwrap(
    api.POST('/api/v1/ledgers/{ledger_id}/categories', {
      params: { path: { ledger_id: ledgerId } },
      body: { id, ...fields },
    }),
  );
}

/** Archives a category with what is below it, or brings it back with what went at the same time or later. */
export async function archive(
  ledgerId: string,
  category: Category,
  children: readonly Category[],
  archived: boolean,
): Promise<Written[]> {
  const since = category.archived_at ?? '';
  const along = children.filter(({ archived_at }) =>
    archived ? !archived_at : archived_at && archived_at >= since,
  );
  const all: Written[] = [];
  for (const each of [category, ...along])
    all.push(written(await save(ledgerId, each, { archived })));
  return all;
}

/** Deletes a category that nothing has. */
export async function remove(ledgerId: string, category: Category): Promise<Written> {
  await unwrap(
    api.DELETE('/api/v1/ledgers/{ledger_id}/categories/{category_id}', {
      params: at(ledgerId, category),
    }),
  );
  return { ...written(category), gone: true };
}

/** Gives everything that a category has to another, and deletes it. */
/** Where a category was merged into, and whether the rest of very many expenses follows after the answer. */
export interface Merged {
  target: Category;
  follows: boolean;
}

export async function merge(ledgerId: string, source: Category, into: string): Promise<Merged> {
  const asked = api.POST('/api/v1/ledgers/{ledger_id}/categories/{category_id}/merge', {
    params: at(ledgerId, source),
    body: { into },
  });
  const target = await unwrap(asked);
  return { target, follows: (await asked).response.status === 202 };
}

function at(ledgerId: string, { id, version }: Category) {
  return {
    path: { ledger_id: ledgerId, category_id: id },
    header: { 'If-Match': `"${version}"` },
  };
}

import { api } from '#lib/api/client.ts';
import { newId } from '#lib/api/id.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { Category, Ledger } from '#lib/api/types.ts';

/** A shared ledger that is about to be made. Its ids are chosen once, so that trying again makes nothing twice. */
export interface Plan {
  id: string;
  name: string;
  currency: string;
  people: readonly { id: string; name: string }[];
  /** The ledger whose categories it begins with. */
  categoriesOf?: string | undefined;
}

export async function found({ id, name, currency, people, categoriesOf }: Plan): Promise<Ledger> {
  const ledger = await unwrap(api.POST('/api/v1/ledgers', { body: { id, name, currency } }));
  const params = { path: { ledger_id: ledger.id } };
  const join = async () => {
    // one after the other: in the order in which they were named
    for (const person of people) {
      await unwrap(api.POST('/api/v1/ledgers/{ledger_id}/members', { params, body: person }));
    }
  };
  await Promise.all([join(), categoriesOf ? copyCategories(categoriesOf, ledger.id) : undefined]);
  return ledger;
}

/** Gives a ledger the categories of another that it does not have yet; archived ones stay behind. */
async function copyCategories(from: string, to: string) {
  const [theirs, own] = await Promise.all([categoriesIn(from), categoriesIn(to)]);
  const wanted = theirs.filter(({ archived_at }) => !archived_at);
  const roots = wanted.filter(({ parent_id }) => !parent_id);
  // each root with what is below it, all roots at once
  await Promise.all(
    roots.map(async (root) => {
      const parent = await copy(root, null, own, to);
      const children = wanted.filter(({ parent_id }) => parent_id === root.id);
      await Promise.all(children.map((child) => copy(child, parent, own, to)));
    }),
  );
}

async function copy(
  { name, icon, color }: Category,
  parent_id: string | null,
  present: readonly Category[],
  ledger_id: string,
): Promise<string> {
  const there = present.find((one) => one.name === name && (one.parent_id ?? null) === parent_id);
  if (there) return there.id;
  const body = { id: newId(), name, icon: icon ?? null, color: color ?? null, parent_id };
  const request = api.POST('/api/v1/ledgers/{ledger_id}/categories', {
    params: { path: { ledger_id } },
    body,
  });
  return (await unwrap(request)).id;
}

async function categoriesIn(ledger_id: string): Promise<Category[]> {
  const params = { path: { ledger_id } };
  return (await unwrap(api.GET('/api/v1/ledgers/{ledger_id}/categories', { params }))).items;
}

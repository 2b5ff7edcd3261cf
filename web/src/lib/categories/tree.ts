import type { Category } from '#lib/api/types.ts';

/** A root with what stands below it. */
export interface Branch {
  root: Category;
  children: Category[];
}

/** The categories as they are shown: those in use as branches by name, and the archived ones by themselves. */
export interface Tree {
  branches: Branch[];
  archived: Category[];
}

/** An archived root stays among the branches as long as something below it is in use. */
export function treeOf(categories: readonly Category[], language: string): Tree {
  const order = new Intl.Collator(language, { numeric: true }).compare;
  const sorted = categories.toSorted((a, b) => order(a.name, b.name));
  const used = (category: Category) => !category.archived_at;
  const below = (root: Category) =>
    sorted.filter((category) => category.parent_id === root.id && used(category));
  const branches = sorted
    .filter((category) => !category.parent_id)
    .map((root) => ({ root, children: below(root) }))
    .filter(({ root, children }) => used(root) || children.length > 0);
  return { branches, archived: sorted.filter((category) => !used(category)) };
}

/** All categories directly below a root, archived ones too. */
export function childrenOf(categories: readonly Category[], root: Category): Category[] {
  return categories.filter((category) => category.parent_id === root.id);
}

/** The name with that of the root above it, as in `Food › Groceries`. */
export function fullName(categories: readonly Category[], category: Category): string {
  const parent = categories.find(({ id }) => id === category.parent_id);
  return parent ? `${parent.name} › ${category.name}` : category.name;
}

/** Where a category can be merged into: what has children fits only below a root other than itself. */
export function mergeTargets(categories: readonly Category[], source: Category): Category[] {
  const hasChildren = childrenOf(categories, source).length > 0;
  return categories.filter(
    (category) =>
      category.id !== source.id && !category.archived_at && !(hasChildren && category.parent_id),
  );
}

import type { Category } from './types.ts';

export interface CategoryChoice {
  category: Category;
  /** The category above it. */
  parent: Category | undefined;
}

/** Each parent with its children behind it, by name; what is archived is left out, unless it is `keep`. */
export function categoryChoices(
  categories: readonly Category[],
  keep: string | null = null,
): CategoryChoice[] {
  const byName = categories
    .filter((category) => !category.archived_at || category.id === keep)
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const offered = new Map(byName.map((category) => [category.id, category]));
  const parentOf = (category: Category) => offered.get(category.parent_id ?? '');
  return byName
    .filter((category) => !parentOf(category))
    .flatMap((root) => [
      { category: root, parent: undefined },
      ...byName
        .filter((category) => parentOf(category) === root)
        .map((category) => ({ category, parent: root })),
    ]);
}

/** The categories that match what was typed: those that begin with it before those that contain it. */
export function searchCategories(choices: CategoryChoice[], typed: string): CategoryChoice[] {
  const wanted = plain(typed);
  if (!wanted) return choices;
  const rank = ({ category, parent }: CategoryChoice) => {
    const name = plain(category.name);
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted)) return 1;
    return parent && plain(parent.name).includes(wanted) ? 2 : 3;
  };
  return choices
    .map((choice) => ({ choice, rank: rank(choice) }))
    .filter(({ rank }) => rank < 3)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ choice }) => choice);
}

/** The category that a word names: its whole name, or the first word of it; blanks and signs do not count. */
export function categoryNamed(categories: readonly Category[], word: string): Category | undefined {
  const wanted = plain(word);
  const offered = categories.filter((category) => !category.archived_at);
  return (
    offered.find((category) => plain(category.name) === wanted) ??
    offered.find((category) => plain(category.name.split(/[\s&,/-]+/)[0] ?? '') === wanted)
  );
}

/** Without accents, signs, blanks and capitals: what people leave out when they type. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLocaleLowerCase()
    .replace(/[^\p{Letter}\p{Number}]/gu, '');
}

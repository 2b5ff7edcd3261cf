import type { components } from '#lib/api/schema.ts';
import type { Category } from '#lib/api/types.ts';

export type Mapping = components['schemas']['Mapping'];
export type MappingUpdate = components['schemas']['MappingUpdate'];

/** What somebody has chosen and not saved yet: one's own category by the ledger's, none for its name alone. */
export type Picks = Readonly<Record<string, string>>;

/** One's own category that another of this name counts as where nothing else is said. */
export function namesake(own: readonly Category[], name: string): Category | undefined {
  // as the server finds it: archived ones take nothing new, and of two it is the last
  return own.findLast(
    (category) => !category.archived_at && category.name.toLowerCase() === name.toLowerCase(),
  );
}

/** One's own category that is said for a category; empty where its name decides. */
export function chosenFor(mapping: Mapping, picks: Picks, category: string): string {
  const said = mapping.categories.find(({ category_id }) => category_id === category);
  return picks[category] ?? said?.own_category_id ?? '';
}

/** The mapping with what was chosen; what was not touched stays as it is. */
export function mappingWith(mapping: Mapping, picks: Picks, rate: string | null): MappingUpdate {
  const untouched = mapping.categories.filter(({ category_id }) => !(category_id in picks));
  const picked = Object.entries(picks)
    .filter(([, own]) => own !== '')
    .map(([category_id, own_category_id]) => ({ category_id, own_category_id }));
  return { rate, categories: [...untouched, ...picked] };
}

/** What of the choices is still to be saved once these have been: what was chosen since. */
export function unsaved(picks: Picks, sent: Picks): Picks {
  return Object.fromEntries(
    Object.entries(picks).filter(([category, own]) => sent[category] !== own),
  );
}

import { draftOf, sameField, type MergeField } from './draft.ts';
import type { Change, Expense } from './types.ts';

/** Who made a field of an expense what it is, and when. */
export type Author = Pick<Change, 'actor' | 'at'>;

/** The last that changed each of these fields, in changes that come newest first; of what is not among them, nobody. */
export function authorsOf(
  changes: readonly Change[],
  fields: readonly MergeField[],
): Partial<Record<MergeField, Author>> {
  const found = fields.map((field) => [field, changes.find((one) => hasChanged(one, field))]);
  return Object.fromEntries(found) as Partial<Record<MergeField, Author>>;
}

function hasChanged({ before, after }: Change, field: MergeField): boolean {
  if (!before || !after) return true;
  const [was, is] = [before, after].map((state) => draftOf(state as unknown as Expense));
  return was !== undefined && is !== undefined && !sameField(was, is, field);
}

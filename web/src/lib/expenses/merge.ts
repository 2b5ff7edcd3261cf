import { mergeSplits } from '#lib/sharing/same.ts';
import { draftFields, sameField, type Draft, type MergeField } from './draft.ts';

export interface Merged {
  /** With mine where both of us changed the same field. */
  draft: Draft;
  /** Where we did so, to different values. */
  conflicts: MergeField[];
}

/**
 * Joins two changes of one expense field by field: only what both changed, and differently, is left to be chosen. Where
 * nobody knows what both began with, all that differs is.
 */
export function mergeDrafts(base: Draft | undefined, mine: Draft, theirs: Draft): Merged {
  const draft = { ...mine };
  const conflicts: MergeField[] = [];
  for (const field of draftFields) {
    if (!base) {
      if (!sameField(mine, theirs, field)) conflicts.push(field);
      continue;
    }
    if (sameField(base, theirs, field) || sameField(mine, theirs, field)) continue;
    const split = field === 'split' ? mergeSplits(base.split, mine.split, theirs.split) : undefined;
    if (field === 'tags') draft.tags = mergeTags(base.tags, mine.tags, theirs.tags);
    else if (sameField(base, mine, field)) take(draft, theirs, field);
    else if (split) draft.split = split;
    else conflicts.push(field);
  }
  return { draft, conflicts };
}

export interface CaughtUp {
  /** What each field began with, from now on: as the other left it, unless both changed it. */
  began: Draft;
  /** What is not as it was in mine. */
  taken: MergeField[];
  conflicts: MergeField[];
}

/**
 * Takes somebody else's change into a draft that is still being written. What both changed stays as it is typed and begins
 * where it began, so that it is asked about when it is saved.
 */
export function catchUp(began: Draft, mine: Draft, theirs: Draft): CaughtUp {
  const { draft, conflicts } = mergeDrafts(began, mine, theirs);
  const taken = draftFields.filter((field) => !sameField(mine, draft, field));
  const next = { ...theirs };
  for (const field of conflicts) take(next, began, field);
  for (const field of taken) take(mine, draft, field);
  return { began: next, taken, conflicts };
}

/** Takes one field over, with what belongs to it. */
export function take(into: Draft, from: Draft, field: MergeField) {
  if (field === 'amount') {
    const { type, amount, currency, rate } = from;
    Object.assign(into, { type, amount, currency, rate });
  } else {
    Object.assign(into, { [field]: from[field] });
  }
}

/** Tags never collide: what either added is there, what either took away is not. */
function mergeTags(base: string[], mine: string[], theirs: string[]): string[] {
  const kept = theirs.filter((tag) => mine.includes(tag) || !base.includes(tag));
  const added = mine.filter((tag) => !base.includes(tag) && !theirs.includes(tag));
  return [...kept, ...added];
}

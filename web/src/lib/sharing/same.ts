import {
  payments,
  splitBody,
  type Payer,
  type SplitDraft,
  type SplitMode,
  type Whole,
} from './sharing.ts';

interface Sharing {
  paid_by: readonly Payer[];
  split: SplitDraft;
}

/** Whether the same people paid the same, however it was typed. */
export function samePayers(a: Sharing, inA: Whole, b: Sharing, inB: Whole): boolean {
  const [x, y] = [a.paid_by, b.paid_by];
  // one who pays it all still does so when the amount changes
  if (x.length === 1 && y.length === 1) return x[0]?.member_id === y[0]?.member_id;
  return ordered(payments(x, inA)) === ordered(payments(y, inB));
}

export function sameSplit(a: Sharing, inA: Whole, b: Sharing, inB: Whole): boolean {
  return (
    a.split.mode === b.split.mode &&
    ordered(splitBody(a.split, inA).parts) === ordered(splitBody(b.split, inB).parts)
  );
}

function ordered(parts: readonly { member_id: string; amount?: number; value?: number | null }[]) {
  return parts
    .map(({ member_id, amount, value }) => `${member_id} ${amount ?? value ?? 0}`)
    .toSorted()
    .join();
}

const free: readonly SplitMode[] = ['equal', 'shares', 'adjusted'];

/**
 * Joins two changes of a split member by member: who came, who went, whose value is another. Nothing where both changed
 * the same member, or where the values must add up and one cannot tell what was meant.
 */
export function mergeSplits(
  base: SplitDraft,
  mine: SplitDraft,
  theirs: SplitDraft,
): SplitDraft | undefined {
  const { mode } = base;
  if (mine.mode !== mode || theirs.mode !== mode || !free.includes(mode)) return undefined;
  const [was, ours, others] = [base, mine, theirs].map(
    ({ parts }) => new Map(parts.map(({ member_id, value }) => [member_id, value.trim()])),
  );
  if (!was || !ours || !others) return undefined;
  const parts: SplitDraft['parts'] = [];
  for (const member_id of new Set([...others.keys(), ...ours.keys()])) {
    const [before, here, there] = [was, ours, others].map((side) => side.get(member_id));
    if (here !== there && here !== before && there !== before) return undefined;
    const value = here === before ? there : here;
    if (value !== undefined) parts.push({ member_id, value });
  }
  return parts.length > 0 ? { mode, parts } : undefined;
}

import type { Change } from '#lib/api/types.ts';

/** So many alike in a row are told as one. */
const many = 4;

/** Changes that are told together: one, or a run of things of one kind that one person added or changed at a stroke. */
export interface Run {
  key: number;
  changes: Change[];
}

/** Puts neighbours of one person, one kind and one action within a minute together, where they are many. */
export function inRuns(changes: readonly Change[]): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < changes.length;) {
    const end = endOfRun(changes, at);
    const alike = changes.slice(at, end);
    const told = alike.length >= many ? [alike] : alike.map((change) => [change]);
    for (const group of told) runs.push({ key: group[0]?.seq ?? 0, changes: group });
    at = end;
  }
  return runs;
}

/** The numbers of the newest changes of each thing, among changes that are newest first. */
export function newestOfEach(changes: readonly Change[]): Set<number> {
  const seen = new Map<string, number>();
  for (const { entity_id, seq } of changes) if (!seen.has(entity_id)) seen.set(entity_id, seq);
  return new Set(seen.values());
}

function endOfRun(changes: readonly Change[], start: number): number {
  const first = changes[start];
  let end = start + 1;
  while (first && end < changes.length && alike(first, changes[end])) end += 1;
  return end;
}

function alike(a: Change, b: Change | undefined): boolean {
  return (
    b !== undefined &&
    a.actor === b.actor &&
    a.entity === b.entity &&
    a.action === b.action &&
    a.reverts === null &&
    b.reverts === null &&
    Math.abs(Date.parse(a.at) - Date.parse(b.at)) < 60_000
  );
}

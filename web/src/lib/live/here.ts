import type { components } from '#lib/api/schema.ts';

type Person = components['schemas']['Person'];

/** Somebody else who is looking at a ledger, once, in however many tabs. */
export interface Here {
  member_id: string;
  name: string;
  /** Whether one of these tabs edits an expense, and whether it is the one that is open here. */
  edits: 'this' | 'another' | undefined;
}

/** The others among the people of a ledger; the server tells everybody once for each thing that they have open. */
export function othersHere(
  people: readonly Person[],
  me: string | undefined,
  open: string | undefined,
): Here[] {
  const others = new Map<string, Here>();
  for (const { member_id, name, expense_id } of people) {
    if (member_id === me) continue;
    const before = others.get(member_id)?.edits;
    const same = before === 'this' || (expense_id && expense_id === open);
    const edits = same ? 'this' : expense_id ? 'another' : before;
    others.set(member_id, { member_id, name, edits });
  }
  return [...others.values()];
}

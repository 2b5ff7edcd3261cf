/**
 * The option that the arrows lead to: round and round, with a place for none of them (-1) where the text may stand for
 * itself.
 */
export function nextOption(active: number, step: 1 | -1, count: number, none: boolean): number {
  if (count === 0) return -1;
  if (none) return ((active + 1 + step + count + 1) % (count + 1)) - 1;
  if (active < 0) return step > 0 ? 0 : count - 1;
  return (active + step + count) % count;
}

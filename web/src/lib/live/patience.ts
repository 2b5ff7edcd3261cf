const least = 1_000;
const most = 30_000;

/** How long the first attempt waits, in milliseconds. */
export const firstWait = least;

/**
 * How long to wait before the next stream, after one that ended for this reason, if the server gave one. Doubled while
 * streams do not hold; one that held for longer than anybody has ever to wait was a good one, and what ended it is new.
 */
export function nextWait(wait: number, reason: string | undefined, lasted: number): number {
  // somewhere else the user has opened newer ones: coming back at once would end another of theirs
  if (reason === 'too_many') return most;
  return reason !== undefined || lasted > most ? least : Math.min(wait * 2, most);
}

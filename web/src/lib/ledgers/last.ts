import type { Ledger } from '#lib/api/types.ts';

const key = 'outlay.ledger';
let arrived = false;

/** Notes on this device which ledger is looked at; one's own is what there is without a note. */
export function rememberLedger({ id, personal }: Pick<Ledger, 'id' | 'personal'>) {
  try {
    if (personal) localStorage.removeItem(key);
    else localStorage.setItem(key, id);
  } catch {
    // without storage every visit begins with one's own ledger
  }
}

/** The ledger that was looked at last on this device, if it is still one of the user's and not their own. */
export function rememberedLedger(ledgers: readonly Ledger[]): Ledger | undefined {
  const id = stored();
  return ledgers.find((ledger) => ledger.id === id && !ledger.personal);
}

/**
 * Where somebody goes on who opens the app by its front door: with the ledger of their last visit. A reload, and coming
 * back with the browser's buttons, stays with what the address says.
 */
export function ledgerOnArrival(ledgers: readonly Ledger[], pathname: string): Ledger | undefined {
  if (arrived) return undefined;
  arrived = true;
  const [visit] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const fresh = visit === undefined || visit.type === 'navigate';
  return fresh && pathname === '/' ? rememberedLedger(ledgers) : undefined;
}

function stored(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

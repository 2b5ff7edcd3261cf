import { resolve } from '$app/paths';
import type { Ledger } from '#lib/api/types.ts';
import { chosenLedger } from './chosen.ts';

type Addressed = Pick<Ledger, 'id' | 'personal'>;

/** The pages that exist for each ledger; the empty one is its home. */
const pages = ['', 'expenses', 'reports', 'categories', 'activity'] as const;
/** Those that only a ledger of several people has. */
const sharedPages = ['balances', 'members', 'mapping'] as const;
export type LedgerPage = (typeof pages)[number] | (typeof sharedPages)[number];

/** Whether a ledger has such a page. */
export function hasPage({ personal }: Addressed, page: string): page is LedgerPage {
  const known: readonly string[] = personal ? pages : [...pages, ...sharedPages];
  return known.includes(page);
}

/**
 * The address of a page about a ledger, by default the one that is shown: `/expenses` for one's own, `/{id}/expenses`
 * for any other.
 */
export function ledgerHref(page: LedgerPage, ledger: Addressed = chosenLedger()): string {
  if (ledger.personal) return resolve(page);
  return resolve(page ? `${ledger.id}/${page}` : ledger.id);
}

import { downloadCsv } from '#lib/api/download.ts';
import { today } from '#lib/locale/dates.ts';
import type { ListQuery } from './types.ts';

/** Saves the whole filtered list as a file that spreadsheets open. */
export function downloadList(ledger_id: string, query: ListQuery): Promise<void> {
  return downloadCsv(`/api/v1/ledgers/${ledger_id}/expenses`, query, `outlay-${today()}`);
}

import { today } from '#lib/locale/dates.ts';
import type { Filter } from './filter.ts';
import { csvOf } from './requests.ts';

/** Saves the whole filtered list as a file that spreadsheets open. */
export async function downloadCsv(ledger_id: string, filter: Filter) {
  const address = URL.createObjectURL(await csvOf(ledger_id, filter));
  const link = document.createElement('a');
  link.href = address;
  link.download = `outlay-${today()}.csv`;
  link.click();
  // once the browser has begun to read it
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

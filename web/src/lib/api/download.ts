import { apiOrigin } from './base.ts';
import { signedFetch } from './client.ts';
import { problemFrom } from './problem.ts';

/** Fetches a table as CSV and hands it to the browser as a file. Throws the problem that the server answers with. */
export async function downloadCsv(path: string, query: object, name: string): Promise<void> {
  const address = new URL(apiOrigin + path, location.origin);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(key, String(value));
  }
  const request = new Request(address, {
    headers: { accept: 'text/csv' },
    credentials: apiOrigin ? 'include' : 'same-origin',
  });
  const response = await signedFetch(request);
  if (!response.ok) throw problemFrom(response, await response.json().catch(() => undefined));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  // the browser has to begin with the file before its address may go
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

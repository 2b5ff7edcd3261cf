import { apiOrigin } from '#lib/api/base.ts';
import { signedFetch } from '#lib/api/client.ts';
import { problemFrom } from '#lib/api/problem.ts';

/** Fetches a table as CSV and hands it to the browser as a file. Throws the problem that the server answers with. */
export async function downloadCsv(
  path: string,
  query: Record<string, string | undefined>,
  name: string,
): Promise<void> {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, value);
  const address = new URL(`${apiOrigin}${path}?${search.toString()}`, location.href);
  const response = await signedFetch(
    new Request(address, {
      headers: { accept: 'text/csv' },
      credentials: apiOrigin ? 'include' : 'same-origin',
    }),
  );
  if (!response.ok) throw problemFrom(response, await response.json().catch(() => undefined));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  // the browser has to begin with the file before its address may go
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

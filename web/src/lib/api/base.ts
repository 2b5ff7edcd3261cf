/** The origin of the API: empty for the page's own, else from `<meta name="outlay-api">`, without a slash at its end. */
export const apiOrigin = readOrigin();

function readOrigin(): string {
  const meta = globalThis.document?.querySelector<HTMLMetaElement>('meta[name="outlay-api"]');
  const value = meta?.content ?? '';
  return value.startsWith('http') ? value.replace(/\/+$/, '') : '';
}

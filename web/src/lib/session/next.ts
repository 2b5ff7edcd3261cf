/** The address to go on to after signing in, if it leads nowhere but into this app. */
export function localPath(next: string | null): string | undefined {
  if (!next?.startsWith('/')) return undefined;
  const url = URL.parse(next, location.origin);
  return url?.origin === location.origin ? url.pathname + url.search : undefined;
}

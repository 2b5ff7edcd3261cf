const key = 'outlay.join';

/**
 * The token of the invitation that a page was opened with: what stands behind the `#` of its address, which no server
 * ever sees. It is kept in this tab while somebody signs in or up on the way.
 */
export function invitationToken(hash: string): string | undefined {
  const token = hash.replace(/^#/, '');
  try {
    if (!token) return sessionStorage.getItem(key) ?? undefined;
    sessionStorage.setItem(key, token);
  } catch {
    // without storage one opens the link again after signing in
  }
  return token || undefined;
}

export function forgetInvitation() {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // there was nothing to forget
  }
}

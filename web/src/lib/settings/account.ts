import { api } from '#lib/api/client.ts';
import { ApiProblem, unwrap } from '#lib/api/problem.ts';
import type { User } from '#lib/api/types.ts';
import { session, signedInUser } from '#lib/session/session.svelte.ts';

/** What can be changed about an account, besides its password. */
export type Profile = Pick<User, 'name' | 'email' | 'locale'>;

/** Saves what has changed; the rest stays as another device may have left it meanwhile. */
export async function saveProfile(changed: Partial<Profile>, presentPassword?: string) {
  try {
    await put(signedInUser(), changed, presentPassword);
  } catch (cause) {
    if (!(cause instanceof ApiProblem) || cause.code !== 'version_conflict') throw cause;
    await put(cause.current as User, changed, presentPassword);
  }
}

async function put(user: User, changed: Partial<Profile>, presentPassword?: string) {
  const { name, email, locale } = user;
  const saved = await unwrap(
    api.PUT('/api/v1/me', {
      params: { header: { 'If-Match': `"${user.version}"` } },
      body: {
        ...{ name, email, locale },
        ...changed,
        ...(presentPassword ? { present_password: presentPassword } : {}),
      },
    }),
  );
  session.update(saved);
}

export async function changePassword(present_password: string, new_password: string) {
  await unwrap(api.POST('/api/v1/me/password', { body: { present_password, new_password } }));
}

/** Deletes the account with everything in it, and leaves this browser signed out. */
export async function deleteAccount(present_password: string) {
  const { id } = signedInUser();
  await unwrap(api.DELETE('/api/v1/me', { body: { present_password } }));
  const { clearEntries } = await import('#lib/outbox/shelf.ts');
  await clearEntries(id).catch(() => undefined);
  await session.signOut();
}

export async function endSession(session_id: string) {
  await unwrap(
    api.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id } } }),
  );
}

export async function endOtherSessions() {
  await unwrap(api.DELETE('/api/v1/me/sessions'));
}

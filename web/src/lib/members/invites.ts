import { api } from '#lib/api/client.ts';
import { unwrap } from '#lib/api/problem.ts';
import type { components } from '#lib/api/schema.ts';

type Schemas = components['schemas'];
export type Invite = Schemas['Invite'];
export type MadeInvite = Schemas['MadeInvite'];
export type NewInvite = Schemas['NewInvite'];
export type Invitation = Schemas['Invitation'];

const invites = '/api/v1/ledgers/{ledger_id}/invites';

/** The invitations of a ledger that can still be used. */
export async function listInvites(ledger_id: string): Promise<Invite[]> {
  return (await unwrap(api.GET(invites, { params: { path: { ledger_id } } }))).items;
}

/** Makes an invitation; its link is in this answer and nowhere else. */
export function makeInvite(ledger_id: string, body: NewInvite): Promise<MadeInvite> {
  return unwrap(api.POST(invites, { params: { path: { ledger_id } }, body }));
}

export async function revokeInvite(ledger_id: string, invite_id: string): Promise<void> {
  const params = { path: { ledger_id, invite_id } };
  await unwrap(api.DELETE(`${invites}/{invite_id}`, { params }));
}

/** What an invitation is about; needs no account. */
export function readInvitation(token: string): Promise<Invitation> {
  return unwrap(api.GET('/api/v1/invites/{token}', { params: { path: { token } } }));
}

export function acceptInvitation(token: string): Promise<Schemas['Accepted']> {
  return unwrap(api.POST('/api/v1/invites/{token}/accept', { params: { path: { token } } }));
}

/** The ledger that a token names: its first 16 bytes. Nothing where it is no token. */
export function ledgerOf(token: string): string | undefined {
  try {
    const bytes = atob(token.replaceAll('-', '+').replaceAll('_', '/'));
    const hex = Array.from(bytes.slice(0, 16), (byte) =>
      byte.charCodeAt(0).toString(16).padStart(2, '0'),
    ).join('');
    if (hex.length < 32) return undefined;
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  } catch {
    return undefined;
  }
}

import { m } from '#lib/paraglide/messages.js';
import type { Role } from './requests.ts';

export const roles: readonly Role[] = ['owner', 'editor', 'viewer'];

/** What a role is called. */
export function roleName(role: Role): string {
  const names = { owner: m.members_owner, editor: m.members_editor, viewer: m.members_viewer };
  return names[role]();
}

/** What a role may do. */
export function roleText(role: Role): string {
  const texts = {
    owner: m.members_owner_text,
    editor: m.members_editor_text,
    viewer: m.members_viewer_text,
  };
  return texts[role]();
}

export function roleOptions(): { value: Role; label: string }[] {
  return roles.map((value) => ({ value, label: roleName(value) }));
}

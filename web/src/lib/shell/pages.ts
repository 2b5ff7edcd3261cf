import { resolve } from '$app/paths';
import { m } from '#lib/paraglide/messages.js';
import type { IconName } from '#lib/ui/icons.ts';

export interface PageLink {
  href: string;
  label: () => string;
  icon: IconName;
  /** The second key of its shortcut, after `g`. */
  key: string;
  /** On a phone's bottom bar; the others are reached through settings or links. */
  bottom: boolean;
}

/** The pages that are always one click away. */
export const pages: readonly PageLink[] = [
  { href: resolve(''), label: m.app_home, icon: 'house', key: 'h', bottom: true },
  {
    href: resolve('expenses'),
    label: m.app_expenses,
    icon: 'receipt-text',
    key: 'e',
    bottom: true,
  },
  { href: resolve('reports'), label: m.app_reports, icon: 'chart-column', key: 'r', bottom: true },
  { href: resolve('categories'), label: m.app_categories, icon: 'tags', key: 'c', bottom: false },
  { href: resolve('settings'), label: m.app_settings, icon: 'settings', key: 's', bottom: true },
];

export function isCurrent(page: PageLink, pathname: string): boolean {
  return page.href === resolve('') ? pathname === page.href : pathname.startsWith(page.href);
}

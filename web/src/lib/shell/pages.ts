import { resolve } from '$app/paths';
import { ledgerHref, type LedgerPage } from '#lib/ledgers/address.ts';
import { chosenLedger } from '#lib/ledgers/chosen.ts';
import { m } from '#lib/paraglide/messages.js';
import type { IconName } from '#lib/ui/icons.ts';

export interface PageLink {
  /** Where it is, for the ledger that is shown. */
  href: () => string;
  label: () => string;
  icon: IconName;
  /** The second key of its shortcut, after `g`. */
  key: string;
  /** On a phone's bottom bar; the others are reached through settings or links. */
  bottom: boolean;
  /** Only where there are several people. */
  shared?: boolean;
}

const of = (page: LedgerPage) => () => ledgerHref(page);

/** The pages that are always one click away. */
export function pagesNow(): PageLink[] {
  const { personal } = chosenLedger();
  // a phone's bar has room for four: where several share, who owes whom comes before the reports
  return all
    .filter(({ shared }) => !shared || !personal)
    .map((page) => (page.key === 'r' ? { ...page, bottom: personal } : page));
}

const all: readonly PageLink[] = [
  { href: of(''), label: m.app_home, icon: 'house', key: 'h', bottom: true },
  { href: of('expenses'), label: m.app_expenses, icon: 'receipt-text', key: 'e', bottom: true },
  {
    href: of('balances'),
    label: m.app_balances,
    icon: 'hand-coins',
    key: 'b',
    bottom: true,
    shared: true,
  },
  { href: of('reports'), label: m.app_reports, icon: 'chart-column', key: 'r', bottom: true },
  {
    href: of('members'),
    label: m.app_members,
    icon: 'users',
    key: 'm',
    bottom: false,
    shared: true,
  },
  { href: of('activity'), label: m.app_activity, icon: 'history', key: 'a', bottom: false },
  { href: of('categories'), label: m.app_categories, icon: 'tags', key: 'c', bottom: false },
  {
    href: () => resolve('settings'),
    label: m.app_settings,
    icon: 'settings',
    key: 's',
    bottom: true,
  },
];

export function isCurrent(page: PageLink, pathname: string): boolean {
  return page.href() === pathname;
}

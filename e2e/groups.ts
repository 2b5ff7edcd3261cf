// Ledgers that several people share, and the browser of a second person.
import { randomInt } from 'node:crypto';
import type { Browser, Page } from '@playwright/test';
import { api, signedUp, type Person } from './outlay.ts';

/** A ledger, and the ids of its members by their names. */
export interface Group {
  id: string;
  members: Record<string, string>;
}

/** Makes a ledger in euros with these people in it, none of whom has an account. */
export async function group(page: Page, owner: Person, names: string[]): Promise<Group> {
  const made = await api(page, owner, 'POST', '/ledgers', { name: 'Lisbon', currency: 'EUR' });
  const { id, member_id } = made as { id: string; member_id: string };
  const members: Record<string, string> = { [owner.name]: member_id };
  for (const name of names) {
    const member = await api(page, owner, 'POST', `/ledgers/${id}/members`, { name });
    members[name] = (member as { id: string }).id;
  }
  return { id, members };
}

/** A browser of somebody else, who has claimed the place of that name. */
export async function joined(
  browser: Browser,
  baseURL: string | undefined,
  from: { page: Page; owner: Person; group: Group },
  name: string,
  role = 'editor',
): Promise<{ page: Page; person: Person }> {
  const address = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const context = await browser.newContext({
    ...(baseURL ? { baseURL } : {}),
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    extraHTTPHeaders: { 'x-forwarded-for': address },
  });
  const page = await context.newPage();
  const person = await signedUp(page, name);
  const place = { role, member_id: from.group.members[name] };
  const path = `/ledgers/${from.group.id}/invites`;
  const { token } = (await api(from.page, from.owner, 'POST', path, place)) as { token: string };
  await api(page, person, 'POST', `/invites/${token}/accept`);
  return { page, person };
}

/** Ada at this page, and a ledger of hers that Bert has joined in a browser of his own. */
export async function adaAndBert(page: Page, browser: Browser, baseURL: string | undefined) {
  const ada = await signedUp(page, 'Ada');
  const flat = await group(page, ada, ['Bert']);
  const bert = await joined(browser, baseURL, { page, owner: ada, group: flat }, 'Bert');
  return { ada, flat, bert };
}

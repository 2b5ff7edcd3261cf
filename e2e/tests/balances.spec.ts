import type { Page } from '@playwright/test';
import { group, type Group } from '../groups.ts';
import { api, expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

async function spend(page: Page, person: Person, { id, members }: Group, body: object) {
  const { by, among, ...rest } = body as { by: string; among: string[]; amount: number };
  await api(page, person, 'POST', `/ledgers/${id}/expenses`, {
    spent_on: '2026-03-14',
    payee: 'Dinner',
    paid_by: [{ member_id: members[by], amount: rest.amount }],
    split: { mode: 'equal', parts: among.map((name) => ({ member_id: members[name] })) },
    ...rest,
  });
}

/** Five people and four currencies: two of them are even with each other, and three among themselves. */
async function trip(page: Page, ada: Person): Promise<Group> {
  const lisbon = await group(page, ada, ['Bert', 'Cem', 'Dora', 'Emil']);
  const expenses = [
    { by: 'Ada', among: ['Bert'], amount: 4000, currency: 'JPY', rate: '0.006' },
    { by: 'Cem', among: ['Cem', 'Dora', 'Emil'], amount: 9000, currency: 'USD', rate: '0.9' },
    { by: 'Emil', among: ['Dora'], amount: 1000, currency: 'GBP', rate: '1.17' },
    { by: 'Bert', among: ['Ada', 'Bert'], amount: 1000, payee: 'Tram' },
  ];
  for (const expense of expenses) await spend(page, ada, lisbon, expense);
  return lisbon;
}

const paid = (page: Page, what: string | RegExp) =>
  page.getByRole('button', { name: what, exact: true });

test('balances, the way to them, and a payment are sound @look', async ({ page }) => {
  const ada = await signedUp(page, 'Ada');
  const lisbon = await trip(page, ada);
  await page.goto(`/${lisbon.id}/balances`);
  await expect(page.getByRole('link', { name: /^Dora owes €38.70/ })).toBeVisible();
  await paid(page, 'Dora has paid Cem another amount, or on another day').click();
  await expect(page.getByLabel('Amount in EUR')).toHaveValue('38.70');
  await page.keyboard.press('Escape');
  await expectSound(page);
  await page.getByRole('link', { name: /^Dora owes/ }).click();
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(3);
  await expectSound(page);
});

test('the focus stays in the plan when a payment leaves it', async ({ page }) => {
  const ada = await signedUp(page, 'Ada');
  const lisbon = await trip(page, ada);
  await page.goto(`/${lisbon.id}/balances`);
  const plan = page.getByRole('list').filter({ has: paid(page, 'Bert has paid Ada €19.00') });
  await paid(page, 'Dora has paid Cem €38.70').focus();
  await page.keyboard.press('Enter');
  await expect(plan.getByRole('listitem')).toHaveCount(2);
  await expect(plan).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(plan.getByRole('button').first()).toBeFocused();
});

test('a trip of five with four currencies settles in the fewest payments, and all are even', async ({
  page,
}) => {
  const ada = await signedUp(page, 'Ada');
  const lisbon = await trip(page, ada);
  await page.goto(`/${lisbon.id}/balances`);
  await expect(page.getByText('3 payments, and everybody is even')).toBeVisible();

  // a part of one leaves the rest of the plan as it was
  await paid(page, 'Dora has paid Cem another amount, or on another day').click();
  await page.getByLabel('Amount in EUR').fill('8.70');
  await page.keyboard.press('Enter');
  await expect(paid(page, 'Dora has paid Cem €30.00')).toBeVisible();
  await expect(paid(page, 'Bert has paid Ada €19.00')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(paid(page, 'Dora has paid Cem €38.70')).toBeVisible();

  for (const name of ['Bert has paid Ada €19.00', 'Dora has paid Cem €38.70']) {
    await paid(page, name).click();
    await expect(paid(page, name)).toBeHidden();
  }
  await paid(page, 'Emil has paid Cem €15.30').click();
  await expect(page.getByRole('heading', { name: 'Everybody is even' })).toBeVisible();
  const balances = await api(page, ada, 'GET', `/ledgers/${lisbon.id}/balances`);
  const { members } = balances as { members: { net: number }[] };
  expect(members.map(({ net }) => net)).toEqual([0, 0, 0, 0, 0]);
  await page.goto(`/${lisbon.id}/expenses`);
  await expect(page.getByText('Dora paid Cem')).toBeVisible();
  // and wherever else it is told
  await page.goto(`/${lisbon.id}`);
  await expect(page.getByRole('button', { name: 'Dora paid Cem' })).toBeVisible();
  await page.goto(`/${lisbon.id}/balances/${lisbon.members['Cem'] ?? ''}`);
  await expect(page.getByRole('button', { name: 'Dora paid Cem' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Emil paid Cem' })).toBeVisible();
});

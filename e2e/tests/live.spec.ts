import type { Page } from '@playwright/test';
import { adaAndBert, group } from '../groups.ts';
import { anotherInstance } from '../instance.ts';
import { api, expect, expectSound, signedUp, test } from '../outlay.ts';

const row = (page: Page, payee: string) =>
  page.locator('[role=row][data-id]').filter({ hasText: payee });
const here = (page: Page) => page.getByRole('status', { name: 'Who else is here' });

test('the second sees what the first adds, who is here and who edits what, and nothing once removed', async ({
  page,
  browser,
  baseURL,
}) => {
  const { ada, flat, bert } = await adaAndBert(page, browser, baseURL);
  await page.goto(`/${flat.id}/expenses`);
  await bert.page.goto(`/${flat.id}/expenses`);
  await expect(here(page)).toHaveText(/Bert is here/);
  await expect(here(bert.page)).toHaveText(/Ada is here/);

  const lunch = { spent_on: '2026-03-14', amount: 1250, payee: 'Lunch' };
  await api(page, ada, 'POST', `/ledgers/${flat.id}/expenses`, lunch);
  await expect(row(bert.page, 'Lunch')).toBeVisible();
  await expect(bert.page.getByText('Ada has changed something in Lisbon')).toBeVisible();
  await row(page, 'Lunch').click();
  await expect(here(bert.page)).toHaveText(/Ada is editing an expense/);
  await expectSound(bert.page);

  const second = await page.context().newPage();
  await second.goto(`/${flat.id}/expenses`);
  await row(second, 'Lunch').waitFor();
  await expect(here(second)).toHaveText(/Bert is here/);
  await expect(here(bert.page)).toHaveText(/^\W*A Ada is editing an expense\W*$/);
  await expect(row(bert.page, 'Lunch')).toBeVisible();

  const members = (await api(page, ada, 'GET', `/ledgers/${flat.id}/members`)) as {
    items: { id: string; name: string; version: number }[];
  };
  const { id, version } = members.items.find(({ name }) => name === 'Bert') ?? {};
  await api(page, ada, 'DELETE', `/ledgers/${flat.id}/members/${id ?? ''}`, undefined, version);
  await expect(row(bert.page, 'Lunch')).toHaveCount(0);
});

test('an open form takes over what others change, says who did it, and keeps what is typed @look', async ({
  page,
  browser,
  baseURL,
}) => {
  const { ada, flat, bert } = await adaAndBert(page, browser, baseURL);
  const path = `/ledgers/${flat.id}/expenses`;
  const lunch = { spent_on: '2026-03-14', amount: 1250, payee: 'Lunch' };
  const { id } = (await api(page, ada, 'POST', path, lunch)) as { id: string };
  const theirs = { ...lunch, payee: 'Lunch at the harbour' };
  const change = (body: object, version: number) =>
    api(bert.page, bert.person, 'PUT', `${path}/${id}`, body, version);
  for (const one of [bert.page, page]) {
    await one.goto(`/${flat.id}/expenses`);
    await row(one, 'Lunch').click();
  }
  const form = page.getByRole('dialog', { name: 'Edit expense' });
  await expect(form.getByText('Bert is editing this expense, too')).toBeVisible();
  await form.getByLabel('Note').fill('with wine');
  await change(theirs, 1);
  await expect(form.getByText('Bert has just changed: Payee.')).toBeVisible();
  await expect(form.getByLabel('Payee')).toHaveValue('Lunch at the harbour');
  await expect(form.getByLabel('Note')).toHaveValue('with wine');
  await expect(form.getByLabel('Note')).toBeFocused();
  await form.getByLabel('Amount').fill('13');
  await change({ ...theirs, amount: 1400 }, 2);
  await expect(form.getByText(/^Bert has changed the same as you: Amount/)).toBeVisible();
  await expect(form.getByLabel('Amount')).toHaveValue('13');
  await expectSound(page);
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await form.getByRole('radio', { name: /Bert, .*14/ }).check();
  await form.getByRole('button', { name: 'Save this choice' }).click();
  await expect(row(page, 'harbour')).toContainText('€14.00');
  await expect(row(page, 'harbour')).toContainText('with wine');
});

test('what is saved after somebody has moved it to the trash can be brought back', async ({
  page,
}) => {
  const ada = await signedUp(page, 'Ada');
  const flat = await group(page, ada, ['Bert']);
  const path = `/ledgers/${flat.id}/expenses`;
  const lunch = { spent_on: '2026-03-14', amount: 1250, payee: 'Lunch' };
  const { id } = (await api(page, ada, 'POST', path, lunch)) as { id: string };
  await page.goto(`/${flat.id}/expenses`);
  await row(page, 'Lunch').click();
  const form = page.getByRole('dialog', { name: 'Edit expense' });
  await form.getByLabel('Note').fill('and cake');
  await api(page, ada, 'DELETE', `${path}/${id}`, undefined, 1);
  await expect(form.getByText('Ada has moved this to the trash.')).toBeVisible();
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  const told = page.getByRole('group').filter({ hasText: 'to the trash meanwhile' });
  await told.getByRole('button', { name: 'Restore' }).click();
  await expect(row(page, 'Lunch')).toContainText('and cake');
});

test('what somebody types stays, whatever others change meanwhile', async ({ page }) => {
  const ada = await signedUp(page, 'Ada');
  const flat = await group(page, ada, ['Bert']);
  const ledger = `/ledgers/${flat.id}`;
  const rename = (name: string, version: number) =>
    api(page, ada, 'PUT', ledger, { name, archived: false }, version);

  await page.goto(`/${flat.id}/members`);
  const name = page.getByRole('region', { name: 'This ledger' }).getByLabel('Name');
  await name.fill('Lisbon in May');
  await rename('Porto', 1);
  await expect(page.getByRole('main').getByText('Porto', { exact: true })).toBeVisible();
  await expect(name).toHaveValue('Lisbon in May');

  await page.goto(`/${flat.id}/expenses`);
  await page.getByRole('button', { name: 'Filters' }).click();
  const spend = (payee: string) =>
    api(page, ada, 'POST', `${ledger}/expenses`, { spent_on: '2026-03-14', amount: 1250, payee });
  for (const [box, text] of Object.entries({ Category: 'fo', Tag: 'trav' })) {
    const field = page.getByRole('combobox', { name: box });
    await field.fill(text);
    await spend(`Lunch beside ${box}`);
    await expect(row(page, `Lunch beside ${box}`)).toBeVisible();
    await expect(field).toHaveValue(text);
    await field.fill('');
  }
});

test('two people at two instances behind one Redis see what each other adds', async ({
  page,
  browser,
}) => {
  const other = await anotherInstance();
  try {
    const { ada, flat, bert } = await adaAndBert(page, browser, other.url);
    await page.goto(`/${flat.id}/expenses`);
    await bert.page.goto(`/${flat.id}/expenses`);
    expect(new URL(bert.page.url()).origin).toBe(other.url);
    await expect(here(page)).toHaveText(/Bert is here/);
    await expect(here(bert.page)).toHaveText(/Ada is here/);
    const add = (payee: string) => ({ spent_on: '2026-03-14', amount: 1250, payee });
    await api(page, ada, 'POST', `/ledgers/${flat.id}/expenses`, add('Lunch'));
    await expect(row(bert.page, 'Lunch')).toBeVisible();
    await expect(bert.page.getByText('Ada has changed something in Lisbon')).toBeVisible();
    await api(bert.page, bert.person, 'POST', `/ledgers/${flat.id}/expenses`, add('Tram'));
    await expect(row(page, 'Tram')).toBeVisible();
    await bert.page.close();
  } finally {
    await other.stop();
  }
});

import type { Page } from '@playwright/test';
import { group, joined, type Group } from '../groups.ts';
import { api, expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

const dialog = (page: Page) => page.getByRole('dialog').filter({ has: page.locator('h2') });
const row = (page: Page, payee: string) =>
  page.locator('[role=row][data-id]').filter({ hasText: payee });
const save = (page: Page) => dialog(page).getByRole('button', { name: 'Save', exact: true });

interface Expense {
  paid_by: { member_id: string }[];
  split: { parts: { member_id: string }[] };
  note: string;
}

async function expenseIn(page: Page, person: Person, { id }: Group): Promise<Expense> {
  const list = await api(page, person, 'GET', `/ledgers/${id}/expenses`);
  const [expense] = (list as { items: Expense[] }).items;
  if (!expense) throw new Error('there is no expense');
  return expense;
}

test('one line adds it, and opens to payers and parts to the cent @look', async ({ page }) => {
  const ada = await signedUp(page, 'Ada');
  const { id } = await group(page, ada, ['Bert', 'Cem']);
  await page.goto(`/${id}/expenses?new`);
  const form = dialog(page);
  await form.getByLabel(/^Amount/).fill('10.01 lunch @Bert');
  await page.keyboard.press('Enter');
  const line = form.getByRole('button', { name: /^Paid by me/ });
  await expect(line).toContainText('split equally between me and Bert');
  await line.click();
  await form.getByRole('checkbox', { name: 'Cem' }).check();
  await form.getByRole('checkbox', { name: 'Bert' }).uncheck();
  await expect(form.getByText(/^. ?The odd €0.01 goes to (Ada|Cem)/)).toBeVisible();
  await form.getByText('Exact', { exact: true }).click();
  await form.getByLabel('Amount of Ada').fill('4');
  await form.getByLabel('Amount of Cem').fill('6');
  await expect(form.getByText('€0.01 still missing.')).toBeVisible();
  await form.getByRole('button', { name: 'Several people …' }).click();
  await form.getByLabel('What Ada paid').fill('8');
  await form.getByLabel('What Bert paid').fill('2.01');
  await expectSound(page);

  await save(page).click();
  await expect(form.getByLabel('Amount of Ada')).toHaveAttribute('aria-invalid', 'true');
  await form.getByLabel('Amount of Ada').fill('4.01');
  await save(page).click();
  await expect(row(page, 'lunch')).toContainText('my share €4.01');
  await expect(page.getByText('Added: €10.01 · lunch')).toBeVisible();
});

test('a split of any kind is reached, chosen and filled in by keyboard alone', async ({ page }) => {
  const ada = await signedUp(page, 'Ada');
  const flat = await group(page, ada, ['Bert', 'Cem']);
  await page.goto(`/${flat.id}/expenses`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const form = dialog(page);
  const press = async (key: string, times = 1) => {
    for (let at = 0; at < times; at++) await page.keyboard.press(key);
  };
  const kinds = [
    { mode: 'Equally', parts: [], text: 'my share €33.3' },
    { mode: 'Shares', parts: ['1', '2', '1'], text: 'my share €25.00' },
    { mode: 'Percent', parts: ['50', '25', '25'], text: 'my share €50.00' },
    { mode: 'Exact', parts: ['60', '20', '20'], text: 'my share €60.00' },
    { mode: 'Adjust', parts: ['20', '+0', '-2'], text: 'my share €47.3' },
  ];
  await press('n');
  for (const [index, { mode, parts, text }] of kinds.entries()) {
    await expect(form.getByLabel(/^Amount/)).toBeFocused();
    await page.keyboard.type('100');
    await press('Tab');
    await page.keyboard.type(mode);
    await form.getByRole('button', { name: /^Paid by me/ }).focus();
    // what is open stays so for the next
    if (index === 0) await press('Enter');
    // past who has paid
    await press('Tab', 3);
    await press('ArrowRight', index);
    await expect(form.getByRole('radio', { name: mode })).toBeFocused();
    await press('Tab');
    for (const part of parts) {
      await press('Tab', 2);
      await press('Control+a');
      await page.keyboard.type(part);
    }
    await press('Enter');
    await expect(row(page, mode)).toContainText(text);
  }
});

test('both edit the same expense and both edits survive; where they collide, names are asked about', async ({
  page,
  browser,
  baseURL,
}) => {
  const ada = await signedUp(page, 'Ada');
  const flat = await group(page, ada, ['Bert', 'Cem']);
  await api(page, ada, 'POST', `/ledgers/${flat.id}/expenses`, {
    spent_on: '2026-03-14',
    amount: 3000,
    payee: 'Hotel',
  });
  const bert = await joined(browser, baseURL, { page, owner: ada, group: flat }, 'Bert');
  for (const one of [page, bert.page]) {
    await one.goto(`/${flat.id}/expenses`);
    await row(one, 'Hotel').click();
    await dialog(one)
      .getByRole('button', { name: /split equally between 3/ })
      .click();
  }

  await dialog(bert.page).getByText('Cem', { exact: true }).first().click();
  await save(bert.page).click();
  await expect(dialog(bert.page)).toBeHidden();
  await dialog(page).getByRole('checkbox', { name: 'Bert' }).uncheck();
  await dialog(page).getByLabel('Note').fill('two nights');
  await save(page).click();
  await expect(row(page, 'Hotel')).toContainText('Paid by Cem');
  await expect(row(page, 'Hotel')).toContainText('my share €15.00');
  const joint = await expenseIn(page, ada, flat);
  expect(joint.note).toBe('two nights');
  expect(joint.paid_by.map(({ member_id }) => member_id)).toEqual([flat.members['Cem']]);
  expect(joint.split.parts).toHaveLength(2);

  for (const [one, payer] of [
    [bert.page, 'Ada'],
    [page, 'Bert'],
  ] as const) {
    await row(one, 'Hotel').click();
    await dialog(one)
      .getByRole('button', { name: /^Paid by Cem/ })
      .click();
    await dialog(one).getByText(payer, { exact: true }).first().click();
  }
  await save(bert.page).click();
  await expect(dialog(bert.page)).toBeHidden();
  await save(page).click();
  const choice = page.getByRole('group', { name: 'Who paid' });
  await expect(choice.getByRole('radio', { name: 'Mine Bert' })).toBeChecked();
  await expectSound(page);
  await choice.getByRole('radio', { name: /^Bert, .* Ada$/ }).check();
  await page.getByRole('button', { name: 'Save this choice' }).click();
  await expect(row(page, 'Hotel')).toContainText('Paid by me');
  await bert.page.context().close();
});

test('who may only look sees an expense as it is, with its history, and changes nothing', async ({
  page,
  browser,
  baseURL,
}) => {
  const ada = await signedUp(page, 'Ada');
  const flat = await group(page, ada, ['Bert']);
  const lunch = { spent_on: '2026-03-14', amount: 1001, payee: 'Lunch', note: 'with Cem' };
  const path = `/ledgers/${flat.id}/expenses`;
  const { id } = (await api(page, ada, 'POST', path, lunch)) as { id: string };
  const from = { page, owner: ada, group: flat };
  const bert = await joined(browser, baseURL, from, 'Bert', 'viewer');
  await bert.page.goto(`/${flat.id}/expenses`);
  await row(bert.page, 'Lunch').click();
  const view = bert.page.getByRole('dialog', { name: 'Lunch' });
  await expect(view).toContainText(/€10.01.*14 Mar 2026/);
  await expect(view).toContainText(/Note\s*with Cem.*Who paid\s*Ada/);
  await expect(view).toContainText(/Share of each.*Ada\s*€5.0.*Bert\s*€5.0/);
  await expect(view.getByText('Ada added it')).toBeVisible();
  await expect(view.getByRole('textbox')).toHaveCount(0);
  await api(page, ada, 'PUT', `${path}/${id}`, { ...lunch, note: 'with Dora' }, 1);
  await expect(view).toContainText(/Note\s*with Dora/);
  await expect(view.getByText('Ada changed it')).toBeVisible();
  await expectSound(bert.page);
  await bert.page.keyboard.press('Escape');
  await expect(view).toBeHidden();
});

import type { Page } from '@playwright/test';
import { adaAndBert } from '../groups.ts';
import { api, expect, expectSound, installed, signedUp, test, type Person } from '../outlay.ts';

const dialog = (page: Page) => page.getByRole('dialog').filter({ has: page.locator('h2') });
const row = (page: Page, payee: string) =>
  page.locator('[role=row][data-id]').filter({ hasText: payee });
const show = (page: Page) => page.getByRole('button', { name: 'Show', exact: true });

interface Expense {
  id: string;
  payee: string;
  amount: number;
  note: string;
  category_id: string | null;
}

async function expensesOf(page: Page, person: Person, ledger = person.ledgerId) {
  const list = await api(page, person, 'GET', `/ledgers/${ledger}/expenses`);
  return (list as { items: Expense[] }).items;
}

/** Adds one by a line and Enter, twice: into the form, and off. */
async function addLine(page: Page, line: string) {
  await page.getByRole('button', { name: 'Add expense' }).last().click();
  const amount = dialog(page).getByLabel(/^Amount/);
  await expect(amount).toBeFocused();
  await amount.fill(line);
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog(page)).toBeHidden();
}

test('one goes offline, adds three, closes the tab, comes back, and all three are there once @look', async ({
  page,
  context,
}) => {
  const ada = await signedUp(page);
  await page.goto('/expenses');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await installed(page);
  await page.getByRole('button', { name: 'Add expense' }).last().click();
  await page.keyboard.press('Escape');

  await context.setOffline(true);
  for (const line of ['12.50 bakery', '3 kiosk', '20 taxi']) await addLine(page, line);
  await expect(page.getByText('3 entries wait to be sent.')).toBeVisible();
  for (const payee of ['bakery', 'kiosk', 'taxi'])
    await expect(row(page, payee)).toContainText('Waiting for the connection');
  await expectSound(page);
  await page.close();

  const offline = await context.newPage();
  await offline.goto('/expenses');
  await expect(row(offline, 'kiosk')).toContainText('Waiting for the connection');
  await addLine(offline, '7 museum');
  await expect(offline.getByText('4 entries wait to be sent.')).toBeVisible();
  await row(offline, 'taxi').click();
  await dialog(offline).getByLabel('Payee').fill('taxi home');
  await dialog(offline).getByRole('button', { name: 'Save', exact: true }).click();
  await expectSound(offline);
  await show(offline).click();
  await expect(dialog(offline).getByRole('listitem')).toHaveCount(4);
  await expectSound(offline);
  await offline.close();

  await context.setOffline(false);
  const [back, other] = [await context.newPage(), await context.newPage()];
  await Promise.all([back.goto('/expenses'), other.goto('/')]);
  await expect(row(back, 'taxi home')).toBeVisible();
  await expect(back.locator('[role=row][data-id]')).toHaveCount(4);
  await expect(back.getByText('Waiting for the connection')).toHaveCount(0);
  const payees = (await expensesOf(back, ada)).map(({ payee }) => payee);
  expect(payees.toSorted()).toEqual(['bakery', 'kiosk', 'museum', 'taxi home']);
});

test('both edit while one is offline: what does not collide is merged, what does is asked @look', async ({
  page,
  context,
  browser,
  baseURL,
}) => {
  const { ada, flat, bert } = await adaAndBert(page, browser, baseURL);
  const path = `/ledgers/${flat.id}/expenses`;
  const dinner = { spent_on: '2026-03-14', amount: 4000, payee: 'Dinner' };
  const { id } = (await api(page, ada, 'POST', path, dinner)) as Expense;
  await page.goto(`/${flat.id}/expenses`);
  await installed(page);
  await row(page, 'Dinner').click();
  await expect(dialog(page).getByLabel('Payee')).toHaveValue('Dinner');

  await context.setOffline(true);
  await dialog(page).getByLabel('Payee').fill('Dinner at the harbour');
  await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(row(page, 'harbour')).toContainText('Waiting for the connection');
  await api(bert.page, bert.person, 'PUT', `${path}/${id}`, { ...dinner, note: 'with wine' }, 1);
  await context.setOffline(false);
  await expect(row(page, 'harbour')).toContainText('with wine');
  await expect(page.getByText('Waiting for the connection')).toHaveCount(0);
  expect(await expensesOf(page, ada, flat.id)).toMatchObject([
    { payee: 'Dinner at the harbour', note: 'with wine' },
  ]);

  await context.setOffline(true);
  await row(page, 'harbour').click();
  await dialog(page).getByLabel('Amount').fill('45');
  await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(row(page, 'harbour')).toContainText('€45.00');
  const theirs = { ...dinner, payee: 'Dinner at the harbour', note: 'and cake', amount: 4400 };
  await api(bert.page, bert.person, 'PUT', `${path}/${id}`, theirs, 3);
  await context.setOffline(false);
  await expect(page.getByText('1 change collides with somebody else’s')).toBeVisible();
  await expectSound(page);
  await show(page).click();
  await expectSound(page);
  await dialog(page).getByRole('button', { name: 'Decide' }).click();
  await expect(dialog(page).getByRole('radio', { name: /Bert, .*44/ })).toBeVisible();
  await expect(dialog(page).getByRole('radio', { name: /Mine.*45/ })).toBeChecked();
  await expectSound(page);
  await dialog(page).getByRole('button', { name: 'Save this choice' }).click();
  await expect(row(page, 'harbour')).toContainText('and cake');
  await expect(row(page, 'harbour')).toContainText('€45.00');
  await expect(page.getByText('collides')).toHaveCount(0);
  expect(await expensesOf(page, ada, flat.id)).toMatchObject([{ amount: 4500, note: 'and cake' }]);
});

test('a refusal keeps the entry and says what to do @look', async ({ page, browser, baseURL }) => {
  const { ada, flat, bert } = await adaAndBert(page, browser, baseURL);
  const categories = `/ledgers/${flat.id}/categories`;
  const food = (await api(page, ada, 'POST', categories, { name: 'Snacks' })) as {
    id: string;
    version: number;
  };
  await bert.page.goto(`/${flat.id}/expenses`);
  await expect(bert.page.getByRole('heading', { level: 1 })).toBeVisible();
  await installed(bert.page);
  await bert.page.getByRole('button', { name: 'Add expense' }).last().click();
  await bert.page.keyboard.press('Escape');
  await bert.page.context().setOffline(true);
  await addLine(bert.page, '9 crisps #snacks');
  await addLine(bert.page, '30 train');
  await api(page, ada, 'DELETE', `${categories}/${food.id}`, undefined, food.version);
  await bert.page.context().setOffline(false);

  await expect(bert.page.getByText('1 entry could not be sent.')).toBeVisible();
  await expect(row(bert.page, 'crisps')).toContainText('Not sent');
  await expect(row(bert.page, 'train')).not.toContainText('Waiting');
  await row(bert.page, 'crisps').click();
  await expect(dialog(bert.page).getByLabel('Payee')).toHaveValue('crisps');
  await expectSound(bert.page);
  await dialog(bert.page).getByLabel('Category').fill('');
  await dialog(bert.page).getByLabel('Category').press('Tab');
  await dialog(bert.page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(bert.page.getByText('could not be sent')).toHaveCount(0);
  await expect
    .poll(async () => (await expensesOf(page, ada, flat.id)).map(({ payee }) => payee).toSorted())
    .toEqual(['crisps', 'train']);

  await bert.page.context().setOffline(true);
  await addLine(bert.page, '11 cinema');
  const members = (await api(page, ada, 'GET', `/ledgers/${flat.id}/members`)) as {
    items: { id: string; name: string; version: number }[];
  };
  const { id, version } = members.items.find(({ name }) => name === 'Bert') ?? {};
  await api(page, ada, 'DELETE', `/ledgers/${flat.id}/members/${id ?? ''}`, undefined, version);
  await bert.page.context().setOffline(false);
  await show(bert.page).click();
  await expect(dialog(bert.page)).toContainText('You have no access to this ledger any more');
  await expectSound(bert.page);
  await dialog(bert.page).getByRole('button', { name: 'Add to my own expenses' }).click();
  await expect(dialog(bert.page).getByLabel('Payee')).toHaveValue('cinema');
  await dialog(bert.page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(bert.page.getByText(/^Added: €11\.00 · cinema/)).toBeVisible();
  await expect(bert.page.getByText('could not be sent')).toHaveCount(0);
  expect(await expensesOf(bert.page, bert.person)).toMatchObject([{ payee: 'cinema' }]);
});

test('what arrives in the trash, where somebody else has put it meanwhile, says so and comes back', async ({
  page,
  browser,
  baseURL,
}) => {
  const { flat, bert } = await adaAndBert(page, browser, baseURL);
  const path = `/ledgers/${flat.id}/expenses`;
  await page.goto(`/${flat.id}/expenses`);
  // it arrives, but the answer does not
  await page.route(`**/api/v1${path}`, async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    await route.fetch();
    await route.abort();
  });
  await addLine(page, '12.50 bakery');
  await expect(row(page, 'bakery')).toContainText('Waiting');
  await expect.poll(() => expensesOf(bert.page, bert.person, flat.id)).toHaveLength(1);
  const [bakery] = await expensesOf(bert.page, bert.person, flat.id);
  await api(bert.page, bert.person, 'DELETE', `${path}/${bakery?.id ?? ''}`, undefined, 1);
  await page.unroute(`**/api/v1${path}`);
  await page.evaluate(() => dispatchEvent(new Event('online')));

  const told = page
    .getByRole('group')
    .filter({ hasText: 'has moved bakery to the trash meanwhile' });
  await expect(told).toBeVisible();
  await expect(row(page, 'bakery')).toHaveCount(0);
  await expectSound(page);
  await told.getByRole('button', { name: 'Restore' }).click();
  await expect(row(page, 'bakery')).toBeVisible();
  await expect.poll(() => expensesOf(bert.page, bert.person, flat.id)).toHaveLength(1);
  await bert.page.context().close();
});

test('signing out warns of what waits; nobody else sees or sends it, and it is sent later', async ({
  page,
}) => {
  const ada = await signedUp(page, 'Ada');
  const posts = '**/api/v1/ledgers/*/expenses';
  await page.route(posts, (route) =>
    route.request().method() === 'POST' ? route.abort() : route.fallback(),
  );
  await page.goto('/expenses');
  await addLine(page, '12.50 secret');
  await expect(page.getByText('The server does not answer.')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(dialog(page)).toContainText('1 entry has not been sent.');
  await expectSound(page);
  await dialog(page).getByRole('button', { name: 'Sign out and keep' }).click();

  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.unroute(posts);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/expenses'))
      sent.push(request.url());
  });
  await page.getByLabel('Name').fill('Bert');
  await page.getByLabel('E-mail').fill(`b${ada.email}`);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('link', { name: 'Expenses', exact: true }).first().click();
  await expect(page.getByText('No expenses yet')).toBeVisible();
  await expect(page.getByText('secret')).toHaveCount(0);
  expect(sent).toEqual([]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('What waited has been sent.')).toBeVisible();
  expect(sent).toHaveLength(1);
  await page.getByRole('link', { name: 'Expenses', exact: true }).first().click();
  await expect(row(page, 'secret')).toHaveCount(1);
});

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { api, day, expect, expectSound, type Person, signedUp, test } from '../outlay.ts';

interface Expense {
  id: string;
  version: number;
  payee: string;
}

interface Category {
  id: string;
  name: string;
}

async function add(page: Page, person: Person, body: object): Promise<Expense> {
  const path = `/ledgers/${person.ledgerId}/expenses`;
  const given = { spent_on: day(0), amount: 1250, payee: 'Bakery', ...body };
  return (await api(page, person, 'POST', path, given)) as Expense;
}

async function some(page: Page, person: Person): Promise<void> {
  const path = `/ledgers/${person.ledgerId}/categories`;
  const { items } = (await api(page, person, 'GET', path)) as { items: Category[] };
  const food = items.find(({ name }) => name === 'Food')?.id;
  const bodies = [
    { payee: 'Bakery', category_id: food, tags: ['trip'], note: 'rolls for everybody' },
    { payee: 'Dentist', amount: 24_000, spent_on: day(400), note: 'crown' },
    { payee: 'Taxi', amount: 3_000, currency: 'USD', rate: '0.92', spent_on: day(1) },
    { payee: 'Salary', kind: 'income', amount: 285_000, spent_on: day(3) },
    { payee: 'Shoe shop', amount: -4_900, spent_on: day(3), category_id: food },
  ];
  for (const body of bodies) await add(page, person, body);
}

const rows = (page: Page) => page.locator('[role=row][data-id]');
const row = (page: Page, payee: string) => rows(page).filter({ hasText: payee });
const dialog = (page: Page) => page.getByRole('dialog').filter({ has: page.locator('h2') });

test('the list and its tools are sound @look', async ({ page }) => {
  const person = await signedUp(page);
  await page.goto('/expenses');
  await expect(page.getByRole('heading', { name: 'No expenses yet' })).toBeVisible();
  await expectSound(page);
  await some(page, person);
  await page.reload();
  await expect(rows(page)).toHaveCount(5);
  await expect(page.getByText('4 expenses')).toBeVisible();

  await page.getByRole('button', { name: 'Filters' }).click();
  await page.getByLabel('At least (EUR)').fill('10');
  await page.getByLabel('At least (EUR)').press('Enter');
  await expect(page.getByText('≥ €10.00')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('checkbox', { name: 'Select Bakery' }).check({ force: true });
  await expect(page.getByText('1 selected')).toBeVisible();
  await expectSound(page);
});

test('the forms of an expense are sound @look', async ({ page }) => {
  const person = await signedUp(page);
  await some(page, person);
  await page.goto('/expenses');
  await row(page, 'Taxi').click();
  await expect(dialog(page).getByLabel('Rate: 1 USD in EUR')).toHaveValue('0.92');
  await expectSound(page);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'History' }).click();
  await expect(page.getByText('Ada Lovelace added it')).toBeVisible();
  await expectSound(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Add expense' }).last().click();
  await expect(dialog(page).getByLabel(/^Amount/)).toBeFocused();
  await expectSound(page);
});

test('twenty expenses in two minutes by keyboard alone', async ({ page }) => {
  test.setTimeout(120_000);
  await signedUp(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('n');
  const amount = dialog(page).getByLabel(/^Amount/);
  await expect(amount).toBeFocused();
  for (let at = 1; at <= 10; at += 1) {
    await page.keyboard.type(`${at}.50+1 lunch ${at} #food yesterday`);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.keyboard.type(`${at * 3}`);
    await page.keyboard.press('Tab');
    await page.keyboard.type('Corner shop');
    await page.keyboard.press('Enter');
    await expect(amount).toHaveValue('');
    await expect(amount).toBeFocused();
  }
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(rows(page)).toHaveCount(20);
  await expect(page.getByText('20 expenses')).toBeVisible();
  await expect(row(page, 'lunch 10')).toContainText('€11.50');
  await expect(row(page, 'lunch 10')).toContainText('Food');

  // Enter is faster than the answer to who that is: the category comes all the same
  await page.keyboard.press('n');
  await expect(amount).toBeFocused();
  await page.keyboard.type('5 lunch 10');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.keyboard.type('6');
  await page.keyboard.press('Tab');
  await page.keyboard.type('lunch 9');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(row(page, 'lunch 10').filter({ hasText: '€5.00' })).toContainText('Food');
  await expect(row(page, 'lunch 9').filter({ hasText: '€6.00' })).toContainText('Food');
});

test('one is corrected, one is deleted and comes back, one is found', async ({ page }) => {
  const person = await signedUp(page);
  await some(page, person);
  await page.goto('/expenses');
  await expect(rows(page)).toHaveCount(5);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByLabel('Amount')).toHaveValue('12.50');
  await dialog(page).getByLabel('Amount').fill('12.50*2');
  await page.keyboard.press('Enter');
  await expect(row(page, 'Bakery')).toContainText('€25.00');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Bakery')).toContainText('€12.50');

  await row(page, 'Bakery').focus();
  await page.keyboard.press('ArrowDown');
  await expect(row(page, 'Taxi')).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(row(page, 'Taxi')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(row(page, 'Taxi')).toBeVisible();

  await page.keyboard.press('/');
  await page.keyboard.type('crown');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/q=crown/);
  await expect(rows(page)).toContainText('Dentist');
});

test('a range is typed by keyboard, and what is none is told', async ({ page }) => {
  const person = await signedUp(page);
  await some(page, person);
  await page.goto('/expenses?from=0002-03-01');
  await expect(rows(page)).toHaveCount(5);
  await page.getByRole('button', { name: /^Range/ }).click();
  await page.getByLabel('First day').focus();
  await page.keyboard.type('01012020');
  await page.getByLabel('Last day').focus();
  await expect(page).toHaveURL(/from=2020-01-01$/);
  await page.keyboard.type('01012019');
  await page.keyboard.press('Enter');
  await expect(page.getByText('The last day is before the first.')).toBeVisible();
  await expect(rows(page)).toHaveCount(5);
});

test('a payee brings its category, and a line the rest @phone', async ({ page }) => {
  const person = await signedUp(page);
  await some(page, person);
  await page.goto('/expenses?new');
  const form = dialog(page);
  await form.getByLabel(/^Amount/).fill('7.20');
  await form.getByLabel('Payee').pressSequentially('bak');
  await page.getByRole('option', { name: /Bakery/ }).click();
  await expect(form.getByLabel('Category')).toHaveValue('Food');
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(row(page, 'Bakery')).toHaveCount(2);
  await expect(page).toHaveURL(/expenses$/);

  await page.getByRole('button', { name: 'Add expense' }).last().click();
  await form.getByLabel(/^Amount/).fill('12 USD museum #culture yesterday');
  await form.getByLabel('Payee').focus();
  await expect(form.getByLabel('Payee')).toHaveValue('museum');
  await expect(form.getByLabel('Date')).toHaveValue(day(1));
  await form.getByLabel('Rate: 1 USD in EUR').fill('0,5');
  await expect(form.getByText('That is €6.00.')).toBeVisible();
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(row(page, 'museum')).toContainText('#culture');
});

test('what was typed survives a refusal and a network that is away', async ({ page }) => {
  const person = await signedUp(page);
  await add(page, person, {});
  await page.goto('/expenses');
  const posts = '**/api/v1/ledgers/*/expenses';
  await page.route(posts, async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    const body = { type: 'about:blank', title: '', status: 422, code: 'date_out_of_range' };
    return route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({ ...body, field: 'spent_on', request_id: 'x' }),
    });
  });
  await page.getByRole('button', { name: 'Add expense' }).last().click();
  const form = dialog(page);
  await form.getByLabel(/^Amount/).fill('8');
  await form.getByLabel('Payee').fill('Kiosk');
  await form.getByLabel('Payee').press('Enter');
  await expect(form.getByText('This date lies too far back or too far ahead.')).toBeVisible();
  await expect(form.getByLabel('Payee')).toHaveValue('Kiosk');
  await expect(row(page, 'Kiosk')).toContainText('Not sent');

  await page.unroute(posts);
  await page.route(posts, (route) =>
    route.request().method() === 'POST' ? route.abort() : route.fallback(),
  );
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(row(page, 'Kiosk')).toContainText('Waiting for the connection');
  await page.unroute(posts);
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await expect(page.getByText('Added: €8.00 · Kiosk')).toBeVisible();
  await page.reload();
  await expect(row(page, 'Kiosk')).toHaveCount(1);
});

test('two people’s changes are merged, and asked about where they collide', async ({ page }) => {
  const person = await signedUp(page);
  const { id } = await add(page, person, {});
  const path = `/ledgers/${person.ledgerId}/expenses/${id}`;
  const other = { spent_on: day(0), amount: 1250, payee: 'Bakery' };
  await page.goto('/expenses');

  await row(page, 'Bakery').click();
  await api(page, person, 'PUT', path, { ...other, note: 'from elsewhere' }, 1);
  await dialog(page).getByLabel('Payee').fill('Baker');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(row(page, 'Baker')).toContainText('from elsewhere');

  await row(page, 'Baker').click();
  await dialog(page).getByLabel('Amount').fill('14');
  await api(page, person, 'PUT', path, { ...other, amount: 1300, note: 'from elsewhere' }, 3);
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(dialog(page).getByText('Somebody else has changed')).toBeVisible();
  await expectSound(page);
  await dialog(page)
    .getByRole('radio', { name: /You, elsewhere.*13/ })
    .check();
  await dialog(page).getByRole('button', { name: 'Save this choice' }).click();
  await expect(row(page, 'Bakery')).toContainText('€13.00');
});

test('several are changed at once, by keyboard, and changed back', async ({ page }) => {
  const person = await signedUp(page);
  await some(page, person);
  await page.goto('/expenses');
  await expect(rows(page)).toHaveCount(5);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.getByRole('button', { name: 'Change the category' }).press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press('h');
  await page.keyboard.press('Enter');
  await expect(rows(page).filter({ hasText: 'Health' })).toHaveCount(3);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows(page).filter({ hasText: 'Health' })).toHaveCount(0);
  await expect(row(page, 'Bakery')).toContainText('Food');
});

test('the trash gives back, and the history brings back @phone', async ({ page }) => {
  const person = await signedUp(page);
  const { id } = await add(page, person, {});
  const path = `/ledgers/${person.ledgerId}/expenses/${id}`;
  await api(page, person, 'PUT', path, { spent_on: day(0), amount: 990, payee: 'Bakery' }, 1);
  await api(page, person, 'PUT', path, { spent_on: day(0), amount: 500, payee: 'Bakery' }, 2);
  await page.goto(`/expenses?expense=${id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'History' }).click();
  await expect(dialog(page)).toContainText('€9.90');
  await dialog(page).getByRole('button', { name: 'Bring this back' }).last().click();
  await expect(row(page, 'Bakery')).toContainText('€12.50');
  await page.keyboard.press('Escape');

  await row(page, 'Bakery').click();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(rows(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Trash' }).click();
  await expect(page.getByRole('heading', { name: 'Trash' })).toBeVisible();
  await row(page, 'Bakery').getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByRole('heading', { name: 'The trash is empty' })).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'Back to the expenses' }).last().click();
  await expect(row(page, 'Bakery')).toBeVisible();
});

test('the filtered list comes as a table, without what is not in it', async ({ page }) => {
  const person = await signedUp(page);
  await some(page, person);
  await page.goto('/expenses?tag=TRIP');
  await expect(rows(page)).toHaveCount(1);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  const table = await readFile(await download.path(), 'utf8');
  expect(table).toContain('Bakery');
  expect(table).not.toContain('Dentist');
  await page.getByRole('button', { name: 'Remove trip' }).click();
  await expect(rows(page)).toHaveCount(5);
});

test('a long list is drawn in part, read as one scrolls, and found again', async ({ page }) => {
  const person = await signedUp(page);
  for (let at = 0; at < 240; at += 24) {
    const bodies = Array.from({ length: 24 }, (_, step) => ({
      payee: `Shop ${at + step}`,
      spent_on: day(at + step),
    }));
    await Promise.all(bodies.map((body) => add(page, person, body)));
  }
  await page.goto('/expenses');
  await expect(row(page, 'Shop 0')).toBeVisible();
  expect(await rows(page).count()).toBeLessThan(80);
  await expect(async () => {
    await page.evaluate(() => {
      scrollTo(0, document.documentElement.scrollHeight);
    });
    await expect(row(page, 'Shop 239')).toBeVisible({ timeout: 300 });
  }).toPass();
  expect(await rows(page).count()).toBeLessThan(80);

  const place = await page.evaluate(() => scrollY);
  await page.evaluate(() => {
    document.querySelector<HTMLAnchorElement>('a[href="/reports"]')?.click();
  });
  await expect(page).toHaveURL(/reports/);
  await page.goBack();
  await expect(row(page, 'Shop 239')).toBeVisible();
  expect(Math.abs((await page.evaluate(() => scrollY)) - place)).toBeLessThan(5);
});

test('a filter by what is gone from the ledger says so, and can be taken away @look', async ({
  page,
}) => {
  const person = await signedUp(page);
  await add(page, person, {});
  const gone = `category_id=${randomUUID()}`;
  await page.goto(`/expenses?${gone}&q=Bakery`);
  await expect(page.getByText('is no longer in this ledger')).toBeVisible();
  await expectSound(page);
  await page.getByRole('button', { name: 'Remove this filter' }).press('Enter');
  await expect(page).toHaveURL('/expenses?q=Bakery');
  await expect(row(page, 'Bakery')).toBeVisible();

  await page.goto(`/reports?${gone}`);
  await expect(page.getByText('This category is no longer in this ledger')).toBeVisible();
  await expectSound(page);
  await page.getByRole('link', { name: 'All categories' }).press('Enter');
  await expect(page.getByRole('table').first()).toContainText('12.50');
});

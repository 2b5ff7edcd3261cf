import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { api, expect, expectSound, type Person, signedUp, test } from '../outlay.ts';

interface Named {
  id: string;
  name: string;
}

const today = new Date('2026-05-20T12:00:00');

/** A year and a half of a few expenses each month, an income, a refund, tags, and one without a category. */
async function keptBooks(page: Page): Promise<Person> {
  await page.clock.setFixedTime(today);
  const person = await signedUp(page);
  const categories = (await api(page, person, 'GET', `/ledgers/${person.ledgerId}/categories`)) as {
    items: Named[];
  };
  const id = (name: string) => categories.items.find((category) => category.name === name)?.id;
  const add = (spent_on: string, amount: number, payee: string, category?: string, more = {}) =>
    api(page, person, 'POST', `/ledgers/${person.ledgerId}/expenses`, {
      spent_on,
      amount,
      payee,
      ...(category ? { category_id: id(category) } : {}),
      ...more,
    });
  const months = Array.from({ length: 17 }, (_, index) => new Date(Date.UTC(2025, index, 1)));
  await Promise.all(
    months.flatMap((month, index) => {
      const day = (number: number) =>
        `${month.toISOString().slice(0, 7)}-${String(number).padStart(2, '0')}`;
      return [
        add(day(1), 90_000, 'Landlord', 'Rent'),
        add(day(12), 4_000 + index * 100, 'Grocer', 'Groceries', { tags: ['weekly'] }),
      ];
    }),
  );
  await add('2026-03-14', 18_640, 'Dr. Weiss', 'Doctor and dentist', { tags: ['tax'] });
  await add('2026-03-20', -2_500, 'Tailor', 'Clothes');
  await add('2026-04-02', 700, 'Kiosk');
  await add('2026-04-28', 285_000, 'Employer', 'Salary', { kind: 'income' });
  return person;
}

const table = (page: Page, name: string) => page.getByRole('table', { name, exact: true });

test('a report tells the year by month, category, payee and tag @look', async ({ page }) => {
  await keptBooks(page);
  await page.goto('/reports?range=last-year&compare=none');
  await expect(page.getByText('1 Jan 2025 – 31 Dec 2025')).toBeVisible();
  await expect(table(page, 'By month').getByRole('row')).toHaveCount(13);
  await expect(
    table(page, 'By category').getByRole('row', { name: /^Housing.*€10,800\.00/ }),
  ).toBeVisible();
  await expect(table(page, 'By payee').getByRole('row', { name: /Grocer/ })).toContainText(
    '€546.00',
  );
  await expect(table(page, 'By tag').getByRole('row', { name: /weekly/ })).toContainText('€546.00');
  await expectSound(page);
});

test('areas show the categories as large as they are @look', async ({ page }) => {
  await page.clock.setFixedTime(today);
  const person = await signedUp(page);
  const ledger = `/ledgers/${person.ledgerId}`;
  const { items } = (await api(page, person, 'GET', `${ledger}/categories`)) as { items: Named[] };
  for (const [name, amount] of [
    ['Rent', 90_000],
    ['Groceries', 27_000],
    ['Eating out', 3_000],
  ] as const) {
    const category_id = items.find((category) => category.name === name)?.id;
    const expense = { spent_on: '2026-05-02', amount, payee: name, category_id };
    await api(page, person, 'POST', `${ledger}/expenses`, expense);
  }
  await page.goto('/reports?range=month');
  await page.getByText('Areas').click();
  await expect(page).toHaveURL(/shape=treemap/);
  await expect(page.getByRole('link', { name: 'Rent €900.00 75%' })).toBeVisible();
  await expectSound(page);
  await page.getByRole('link', { name: 'Eating out €30.00 2.5%' }).press('Enter');
  await expect(page).toHaveURL(/\/expenses\?from=2026-05-01&to=2026-05-31.*&category_id=/);
});

test('a range that is not over is compared up to the same day @phone', async ({ page }) => {
  await keptBooks(page);
  await page.goto('/reports?range=month');
  await expect(page.getByText('1 Apr 2026 – 20 Apr 2026')).toBeVisible();
  await expect(table(page, 'By category').getByRole('row', { name: /^Food/ })).toContainText(
    '+€1.00',
  );
  await page.getByRole('button', { name: 'The range before' }).click();
  await expect(page).toHaveURL(/from=2026-04-01&to=2026-04-30/);
  await expect(page.getByText('1 Mar 2026 – 31 Mar 2026')).toBeVisible();
  await page.getByLabel('Compare').selectOption({ label: 'Compare: a year before' });
  await expect(page.getByText('1 Apr 2025 – 30 Apr 2025')).toBeVisible();
  await page.getByRole('radio', { name: 'Income' }).press('Space');
  await expect(
    table(page, 'By category').getByRole('row', { name: /^Income.*€2,850\.00/ }),
  ).toBeVisible();
});

test('the keyboard leads from a bar to the expenses behind it', async ({ page }) => {
  await keptBooks(page);
  await page.goto('/reports');
  const may = page.getByRole('link', { name: /^May 2026: €956\.00\. May 2025: €944\.00/ });
  await may.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('link', { name: /^March 2026: €1,115\.40/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/expenses?from=2026-03-01&to=2026-03-31&kind=expense');

  await page.goBack();
  const health = table(page, 'By category').getByRole('row', { name: /^Health/ });
  await health.getByRole('button', { name: 'What Health is made of' }).press('Enter');
  await table(page, 'By category').getByRole('link', { name: 'Doctor and dentist' }).press('Enter');
  await expect(page).toHaveURL(/\/expenses\?from=2025-06-01&to=2026-05-31.*&category_id=/);
});

test('columns sort, and sort back', async ({ page }) => {
  await keptBooks(page);
  await page.goto('/reports?range=year');
  const payees = table(page, 'By payee');
  const first = payees.getByRole('rowheader').first();
  await expect(first).toHaveText(/Landlord/);
  await payees.getByRole('button', { name: 'Total' }).press('Enter');
  await expect(first).toHaveText(/Tailor/);
  await expect(payees.getByRole('columnheader', { name: 'Total' })).toHaveAttribute(
    'aria-sort',
    'ascending',
  );
  await payees.getByRole('button', { name: 'Payee' }).press('Enter');
  await expect(first).toHaveText(/Dr\. Weiss/);
});

test('a report is a table for a spreadsheet, and a paper for the tax adviser', async ({ page }) => {
  await keptBooks(page);
  await page.goto('/reports?range=year&compare=none');
  await page.getByRole('button', { name: 'Download as CSV' }).click();
  const started = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'By category', exact: true }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('outlay-category-2026-01-01-2026-12-31.csv');
  const text = await readFile(await download.path(), 'utf8');
  expect(text).toMatch(/^\ufeffparent_category,category,total,currency,count\r\n/);
  expect(text).toContain('Housing,Rent,4500.00,EUR,5');

  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('group', { name: 'What is reported' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await expect(page.getByText('Ada Lovelace · Spending · Made on 20 May 2026')).toBeVisible();
  // what one would have to open on a screen is open on paper
  await expect(table(page, 'By category').getByText('Doctor and dentist')).toBeVisible();
});

test('a range without anything says so', async ({ page }) => {
  await signedUp(page);
  await page.goto('/reports');
  await expect(page.getByRole('heading', { name: 'Nothing in this range' })).toBeVisible();
  await expectSound(page);
});

test('figures of a currency with three decimals have room, however large they are @phone', async ({
  page,
}) => {
  const ada = await signedUp(page);
  const made = await api(page, ada, 'POST', '/ledgers', { name: 'Kuwait', currency: 'KWD' });
  const { id } = made as Named;
  const add = (spent_on: string, amount: number) =>
    api(page, ada, 'POST', `/ledgers/${id}/expenses`, { spent_on, amount, payee: 'Landlord' });
  await page.clock.setFixedTime(today);
  await add('2026-05-01', 123_456_789_012);
  await add('2026-04-01', 234_567_890_123);
  await add('2025-04-01', 345_678_901_234);
  for (const path of [`/${id}`, `/${id}/reports`]) {
    await page.goto(path);
    await expect(page.getByRole('table').last()).toBeVisible();
    await expectSound(page);
    // what does not fit into a table's box has to be scrolled to
    const excess = page
      .locator('main [role=group]:has(> table)')
      .evaluateAll((boxes) =>
        boxes.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
      );
    expect((await excess).filter((pixels) => pixels > 0)).toEqual([]);
  }
});

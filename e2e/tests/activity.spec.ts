import type { Page } from '@playwright/test';
import { api, expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

interface Expense {
  id: string;
  version: number;
}

/** An expense of 12.00 that became one of 21.00. */
async function changedExpense(page: Page, person: Person): Promise<string> {
  const path = `/ledgers/${person.ledgerId}/expenses`;
  const content = { spent_on: '2026-03-14', payee: 'Corner shop' };
  const made = (await api(page, person, 'POST', path, { ...content, amount: 1200 })) as Expense;
  const one = `${path}/${made.id}`;
  await api(page, person, 'PUT', one, { ...content, amount: 2100 }, made.version);
  return one;
}

async function amountOf(page: Page, person: Person, path: string) {
  const expense = await api(page, person, 'GET', path);
  return (expense as { amount: number }).amount;
}

test('the activity says what was before and after, by kind @look', async ({ page }) => {
  const ada = await signedUp(page);
  await changedExpense(page, ada);
  await page.goto('/activity');
  await expect(page.getByText('Ada Lovelace changed “Corner shop” (€21.00)')).toBeVisible();
  await expect(page.getByText('Amount: from €12.00 to €21.00')).toBeVisible();
  await expectSound(page);
  await page.getByLabel('What').selectOption('Categories');
  await expect(page).toHaveURL('/activity?entity=category');
  await expect(page.getByText('Corner shop')).toHaveCount(0);
});

test('Ctrl+Z takes back what I did last, after a reload too @desktop', async ({ page }) => {
  const ada = await signedUp(page);
  const expense = await changedExpense(page, ada);
  await page.goto('/expenses');
  const row = page.getByRole('row', { name: /Corner shop/ });
  await expect(row).toContainText('€21.00');
  await page.keyboard.press('Control+z');
  await expect(page.getByText('Undone: “Corner shop” (€21.00) is as it was before.')).toBeVisible();
  await expect(row).toContainText('€12.00');
  expect(await amountOf(page, ada, expense)).toBe(1200);

  await page.reload();
  await expect(row).toContainText('€12.00');
  await page.keyboard.press('Control+z');
  await expect(page.getByText('Undone: “Corner shop” (€12.00) is gone again.')).toBeVisible();
  await expect(row).toHaveCount(0);

  // what the ledger began with is no action of mine
  await page.keyboard.press('Control+z');
  await expect(page.getByText('There is nothing of yours to undo here.')).toBeVisible();
});

test('any state of an expense is brought back from the activity @desktop', async ({ page }) => {
  const ada = await signedUp(page);
  const expense = await changedExpense(page, ada);
  await page.goto('/activity');
  await page
    .getByRole('button', { name: 'Restore this: Ada Lovelace added “Corner shop” (€12.00)' })
    .click();
  await expect(page.getByText('Amount: from €21.00 to €12.00')).toBeVisible();
  expect(await amountOf(page, ada, expense)).toBe(1200);
});

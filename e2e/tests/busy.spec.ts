// A server that answers "not now", by 503 or by 429, and says when to come again.
import type { Page } from '@playwright/test';
import { expect, expectSound, signedUp, test } from '../outlay.ts';

const dialog = (page: Page) => page.getByRole('dialog').filter({ has: page.locator('h2') });

/** Lets the API answer that there is too much to do, until what it gives is called. */
async function busy(page: Page, paths: string | RegExp, status: 429 | 503, seconds: number) {
  const code = status === 429 ? 'rate_limited' : 'unavailable';
  await page.route(paths, (route) =>
    route.fulfill({ status, headers: { 'retry-after': `${seconds}` }, json: { code, status } }),
  );
  return () => page.unroute(paths);
}

test('a page that a busy server cannot answer yet says so, and is there as soon as it can @look', async ({
  page,
}) => {
  await signedUp(page);
  await page.clock.install();
  const notice = page.getByText('Outlay is busy. Trying again …');
  const first = await busy(page, '**/api/v1/**', 503, 15);
  await page.goto('/');
  await expect(notice).toBeVisible();
  await first();
  await page.clock.fastForward(19_000);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Home');
  await expect(notice).toBeHidden();

  const second = await busy(page, '**/reports/spending?*', 429, 15);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(notice).toBeVisible();
  await expectSound(page);
  await second();
  await page.clock.fastForward(19_000);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Reports');
  await expect(notice).toBeHidden();
});

test('a page that waits for long tries again by itself @look', async ({ page }) => {
  await signedUp(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Home');
  const free = await busy(page, '**/reports/spending?*', 429, 30);
  await page.clock.install();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Just a moment');
  await expectSound(page);
  await free();
  await page.clock.fastForward(31_000);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Reports');
});

test('what is added while the server is busy arrives when it says', async ({ page }) => {
  await signedUp(page);
  await page.goto('/expenses');
  const free = await busy(page, /\/expenses$/, 429, 30);
  await page.clock.install();
  await page.getByRole('button', { name: 'Add expense' }).last().click();
  await dialog(page)
    .getByLabel(/^Amount/)
    .fill('12.50 bakery');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Outlay is busy and tries again by itself.')).toBeVisible();
  const row = page.locator('[role=row][data-id]').filter({ hasText: 'bakery' });
  await expect(row).toContainText('Waiting');
  await page.getByRole('button', { name: 'Show', exact: true }).focus();
  await free();
  await page.clock.fastForward(60_000);
  await expect(row).not.toContainText('Waiting');
  await expect(page.getByText('Outlay is busy')).toBeHidden();
  // the line that had the focus is gone: whoever works with the keys goes on in the page
  await expect(page.locator('main')).toBeFocused();
});

test('a form is saved as soon as the server can, and stays as it is where that takes too long', async ({
  page,
}) => {
  await signedUp(page, 'Ada');
  await page.goto('/settings');
  const profile = page.getByRole('region', { name: 'Profile' });
  const name = profile.getByLabel('Name');
  const save = profile.getByRole('button', { name: 'Save', exact: true });
  const notice = page.getByText('Outlay is busy. Trying again …');
  await page.clock.install();

  const first = await busy(page, '**/api/v1/me', 503, 15);
  await name.fill('Ada Byron');
  await save.click();
  await expect(notice).toBeVisible();
  await first();
  await page.clock.fastForward(19_000);
  await expect(page.getByText('Your profile is saved.')).toBeVisible();
  await expect(notice).toBeHidden();

  const second = await busy(page, '**/api/v1/me', 429, 60);
  await name.fill('Ada King');
  await save.click();
  await expect(profile.getByRole('alert')).toHaveText(
    'That was too often in a short time. Go on in 60 seconds.',
  );
  await expect(name).toHaveValue('Ada King');
  await second();
  await save.click();
  await expect(profile.getByRole('alert')).toBeHidden();
  await expect(save).toBeDisabled();
});

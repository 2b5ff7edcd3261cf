import { expect, expectSound, signedUp, test } from '../outlay.ts';

test('an address that leads nowhere says so and leads home @look', async ({ page }) => {
  await signedUp(page);
  await page.goto('/nowhere');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such page');
  await expectSound(page);
  await page.getByRole('link', { name: 'Go to the home page' }).click();
  await expect(page).toHaveURL('/');
});

test('signing out leads to signing in, and stays so', async ({ page }) => {
  await signedUp(page);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await expect(page).toHaveURL('/sign-in');
  await page.goto('/settings');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('signing out in one tab signs out the others', async ({ page, context }) => {
  await signedUp(page);
  await page.goto('/settings');
  const other = await context.newPage();
  await other.goto('/settings');
  await other.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await expect(page).toHaveURL('/sign-in');
});

test('the pages are reached by two keys, and the keys are told', async ({ page }) => {
  await signedUp(page);
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  for (const path of ['/', '/expenses', '/reports', '/categories', '/settings']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.keyboard.press('?');
    await expect(help).toContainText('Add expense');
    await page.keyboard.press('Escape');
    await expect(help).toBeHidden();
  }
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page).toHaveURL('/categories');
});

test('an address that leads nowhere keeps the way to everything else', async ({ page }) => {
  await signedUp(page);
  await page.goto('/nowhere/at/all');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  await expectSound(page);
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Reports' })
    .click();
  await expect(page.getByRole('heading', { name: 'Reports', level: 1 })).toBeVisible();
});

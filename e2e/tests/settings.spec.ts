import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { api, expect, expectSound, signedUp, test } from '../outlay.ts';

const card = 'region';

test('the settings are a sound page @look', async ({ page }) => {
  await signedUp(page);
  await page.goto('/settings');
  await expect(page.getByText('This device')).toBeVisible();
  await expectSound(page);
});

test('the language changes at once and is the account’s @phone', async ({ page }) => {
  const ada = await signedUp(page);
  await page.goto('/settings');
  const saved = page.waitForResponse((answer) => answer.request().method() === 'PUT');
  await page.getByText('Deutsch', { exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible();
  await saved;
  expect(await api(page, ada, 'GET', '/me')).toMatchObject({ locale: 'de' });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
});

test('a new name is saved; a new address asks for the present password', async ({ page }) => {
  const ada = await signedUp(page);
  await page.goto('/settings');
  const profile = page.getByRole(card, { name: 'Profile' });
  const password = profile.getByLabel('Present password');
  await profile.getByLabel('Name').fill('Ada King');
  await expect(password).toBeHidden();
  const email = `${randomUUID()}@outlay.example`;
  await profile.getByLabel('E-mail address').fill(email);
  await password.fill('not the right one');
  await password.press('Enter');
  await expect(profile.getByRole('alert')).toContainText('This is not your present password.');
  await password.fill(ada.password);
  await password.press('Enter');
  await expect(page.getByText('Your profile is saved.')).toBeVisible();
  expect(await api(page, ada, 'GET', '/me')).toMatchObject({ name: 'Ada King', email });
});

test('other devices are listed in words and signed out, one or all', async ({
  page,
  playwright,
  baseURL,
}) => {
  const ada = await signedUp(page);
  const { email, password } = ada;
  for (const userAgent of [
    'Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0',
    'curl/8.14.1',
    'curl/8.14.1',
  ]) {
    const device = await playwright.request.newContext({
      userAgent,
      ...(baseURL ? { baseURL } : {}),
    });
    const answer = await device.post('/api/v1/auth/login', { data: { email, password } });
    expect(answer.status()).toBe(200);
    await device.dispose();
  }
  await page.goto('/settings');
  const sessions = page.getByRole(card, { name: 'Where you are signed in' });
  await expect(sessions.getByRole('listitem')).toHaveCount(4);
  await expect(sessions.getByRole('listitem').first()).toContainText('This device');
  await sessions.getByRole('button', { name: 'Sign out Firefox on Android' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(3);
  await sessions.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
});

test('a new password needs the present one', async ({ page }) => {
  const ada = await signedUp(page);
  await page.goto('/settings');
  const form = page.getByRole(card, { name: 'Password', exact: true });
  await form.getByLabel('Present password').fill('not the right one');
  await form.getByLabel('New password').fill('a quite different secret');
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByRole('alert')).toContainText('This is not your present password.');
  await form.getByLabel('Present password').fill(ada.password);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  const data = { email: ada.email, password: 'a quite different secret' };
  expect((await page.request.post('/api/v1/auth/login', { data })).status()).toBe(200);
});

test('all expenses are downloaded as a table', async ({ page }) => {
  const ada = await signedUp(page);
  const expense = { spent_on: '2026-03-01', amount: 1250, payee: 'Corner shop' };
  await api(page, ada, 'POST', `/ledgers/${ada.ledgerId}/expenses`, expense);
  await page.goto('/settings');
  const begun = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const download = await begun;
  expect(download.suggestedFilename()).toMatch(/^outlay-.*\.csv$/);
  expect(await readFile(await download.path(), 'utf8')).toContain('Corner shop');
});

test('an account is deleted with its password and a clear yes', async ({ page }) => {
  const ada = await signedUp(page);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Delete account …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
  await expect(dialog).toBeVisible();
  await expectSound(page);
  const confirm = dialog.getByRole('button', { name: 'Delete account' });
  await dialog.getByLabel('Present password').fill(ada.password);
  await expect(confirm).toBeDisabled();
  await dialog.getByText('Yes, delete everything for good').click();
  await confirm.click();
  await expect(page.getByRole('heading', { name: 'Create an account' })).toBeVisible();
  const { email, password } = ada;
  const answer = await page.request.post('/api/v1/auth/login', { data: { email, password } });
  expect(answer.status()).toBe(401);
});

import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

async function signIn(page: Page, { email, password }: Pick<Person, 'email' | 'password'>) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

for (const path of ['/sign-in', '/sign-up']) {
  test(`${path} is a sound page @look`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectSound(page);
  });
}

test('a newcomer signs up by keyboard and sees the first step @phone', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.type('Grace Hopper');
  await page.keyboard.press('Tab');
  await page.keyboard.type(`${randomUUID()}@outlay.example`);
  await page.keyboard.press('Tab');
  await page.keyboard.type('correct horse battery staple');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText('Write down your first expense')).toBeVisible();
});

test('what is wrong stands at its field', async ({ page }) => {
  const ada = await signedUp(page);
  await page.context().clearCookies();
  await page.goto('/sign-up');
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('E-mail address').fill(ada.email);
  const password = page.getByLabel('Password', { exact: true });
  await password.fill('short');
  await password.press('Enter');
  await expect(page.getByText('This password is too short.')).toBeVisible();
  await expect(password).toHaveAttribute('aria-invalid', 'true');
  await password.fill(ada.password);
  await password.press('Enter');
  await expect(page.getByText('There is already an account')).toBeVisible();
  await expect(page.getByLabel('E-mail address')).toHaveAttribute('aria-invalid', 'true');
});

test('a closed server says that it takes no accounts', async ({ page }) => {
  await page.route('**/api/v1/auth/register', (route) =>
    route.fulfill({ status: 403, json: { code: 'registration_closed', status: 403 } }),
  );
  await page.goto('/sign-up');
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('E-mail address').fill('ada@outlay.example');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('does not take new accounts');
});

test('too many attempts are told how long to wait', async ({ page }) => {
  await page.route('**/api/v1/auth/login', (route) =>
    route.fulfill({
      status: 429,
      headers: { 'retry-after': '540' },
      json: { code: 'rate_limited', status: 429 },
    }),
  );
  await page.goto('/sign-in');
  await signIn(page, { email: 'ada@outlay.example', password: 'a guess at it' });
  await expect(page.getByRole('alert')).toHaveText(
    'That was too often in a short time. Go on in 9 minutes.',
  );
});

test('password managers find their fields, and a password can be looked at', async ({ page }) => {
  await page.goto('/sign-in');
  await expect(page.getByLabel('E-mail address')).toHaveAttribute('autocomplete', 'username');
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toHaveAttribute('autocomplete', 'current-password');
  await password.fill('a secret');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await page.goto('/sign-up');
  await expect(password).toHaveAttribute('autocomplete', 'new-password');
});

test('signing in leads to the page that was asked for @phone', async ({ page }) => {
  const ada = await signedUp(page);
  await page.context().clearCookies();
  await page.goto('/reports?compare=year');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await signIn(page, { ...ada, password: 'not the right one' });
  await expect(page.getByRole('alert')).toContainText('No account has this');
  await signIn(page, ada);
  await expect(page).toHaveURL(/\/reports\?compare=year/);
});

test('a session that is ended elsewhere says so, and goes on where it was', async ({
  page,
  playwright,
  baseURL,
}) => {
  const ada = await signedUp(page);
  const { email, password } = ada;
  await page.goto('/settings');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  const device = await playwright.request.newContext(baseURL ? { baseURL } : {});
  const answer = await device.post('/api/v1/auth/login', { data: { email, password } });
  const { access_token } = (await answer.json()) as { access_token: string };
  await device.delete('/api/v1/me/sessions', {
    headers: { authorization: `Bearer ${access_token}` },
  });
  await device.dispose();

  await page.goto('/categories');
  await expect(page.getByText('Your session has ended')).toBeVisible();
  await expectSound(page);
  await signIn(page, ada);
  await expect(page).toHaveURL('/categories');
});

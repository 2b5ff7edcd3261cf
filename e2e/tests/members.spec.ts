import type { Browser, Page } from '@playwright/test';
import { api, expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

interface Made {
  id: string;
}

async function flatOf(page: Page, ada: Person): Promise<string> {
  const ledger = await api(page, ada, 'POST', '/ledgers', { name: 'Flat', currency: 'EUR' });
  return (ledger as Made).id;
}

async function clara(page: Page, ada: Person, ledger: string): Promise<string> {
  const member = await api(page, ada, 'POST', `/ledgers/${ledger}/members`, { name: 'Clara' });
  return (member as Made).id;
}

/** Another person's browser, which has nothing in common with the first. */
async function elsewhere(browser: Browser, baseURL: string | undefined): Promise<Page> {
  const context = await browser.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    extraHTTPHeaders: { 'x-forwarded-for': '10.99.0.7' },
  });
  return context.newPage();
}

test('the members of a ledger are a sound page @look', async ({ page }) => {
  const ada = await signedUp(page);
  const flat = await flatOf(page, ada);
  await clara(page, ada, flat);
  await page.goto(`/${flat}/members`);
  await expect(page.getByText('No account yet')).toBeVisible();
  await expectSound(page);
});

test('whoever is invited signs up on the way, takes their place, and is removed again @desktop', async ({
  page,
  browser,
  baseURL,
}) => {
  const ada = await signedUp(page);
  const flat = await flatOf(page, ada);
  await clara(page, ada, flat);
  await page.goto(`/${flat}/members`);
  await page.getByRole('button', { name: 'Invite Clara' }).click();
  await page.getByRole('button', { name: 'Make link' }).click();
  const link = await page.getByLabel('Link of the invitation').inputValue();
  await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
  await expectSound(page);
  await page.getByRole('button', { name: 'Done' }).click();

  const other = await elsewhere(browser, baseURL);
  await other.goto(new URL(link).pathname + new URL(link).hash);
  await expect(other.getByRole('heading', { name: 'Flat' })).toBeVisible();
  await expectSound(other);
  await other.getByRole('link', { name: 'Create an account' }).click();
  await other.getByLabel('Name').fill('Clara Schumann');
  await other.getByLabel('E-mail address').fill(`${crypto.randomUUID()}@outlay.example`);
  await other.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
  await other.getByRole('button', { name: 'Create account' }).click();
  await other.getByRole('button', { name: 'Yes, I am Clara: join' }).click();
  await expect(other).toHaveURL(`/${flat}`);
  await other.goto(`/${flat}/members`);
  await expect(other.getByText('May edit')).toBeVisible();
  // she may leave, and decides on nobody else
  await expect(other.getByRole('button', { name: 'What to do with Ada Lovelace' })).toHaveCount(0);

  await page.reload();
  await page.getByRole('button', { name: 'What to do with Clara' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await expect(page.getByText('Clara is removed.')).toBeVisible();
  await other.goto(`/${flat}/expenses`);
  await expect(
    other.getByText('You are no longer a member of it, or it does not exist.'),
  ).toBeVisible();
  await other.goto('/');
  await expect(other).toHaveURL('/');
  await other.context().close();
});

test('an invitation that leads nowhere says so', async ({ page }) => {
  const ada = await signedUp(page);
  const flat = await flatOf(page, ada);
  const made = (await api(page, ada, 'POST', `/ledgers/${flat}/invites`, {
    role: 'editor',
  })) as { id: string; token: string };
  await page.goto(`/join#${made.token}`);
  await expect(page.getByText('You are in already')).toBeVisible();

  await page.goto(`/${flat}/members`);
  await page
    .getByRole('button', { name: 'Revoke the invitation: For whoever has the link' })
    .click();
  await expect(page.getByText('Its link leads nowhere any more.')).toBeVisible();
  await page.goto('/join#nonsense');
  await expect(page.getByText('the invitation has been revoked')).toBeVisible();
  await expectSound(page);
});

test('the last owner stays, and somebody removed comes back by undo @desktop', async ({ page }) => {
  const ada = await signedUp(page);
  const flat = await flatOf(page, ada);
  await clara(page, ada, flat);
  await page.goto(`/${flat}/members`);
  await page.getByRole('button', { name: 'What to do with Ada Lovelace' }).click();
  await page.getByRole('menuitem', { name: 'Leave' }).click();
  await page.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByText('A ledger needs an owner with an account.')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'What to do with Clara' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await expect(page.getByText('1 person')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('2 people')).toBeVisible();
});

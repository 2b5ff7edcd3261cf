import { api, expect, expectSound, signedUp, test } from '../outlay.ts';

test('a shared ledger is made with its people in one form, by keyboard @desktop', async ({
  page,
}) => {
  await signedUp(page);
  await page.goto('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.getByRole('link', { name: 'New shared ledger' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.keyboard.type('Flat');
  await page.getByLabel('Person 1').focus();
  await page.keyboard.type('Ben');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Clara, Dan');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByText('4 people')).toBeVisible();
  await expect(page.getByText('No account yet')).toHaveCount(3);
  await expect(page.getByRole('button', { name: /^Ledger: Flat/ })).toBeVisible();
});

test('the form for a shared ledger is sound @look', async ({ page }) => {
  await signedUp(page);
  await page.goto('/ledgers/new');
  await page.getByLabel('Person 1').fill('Ben');
  await expect(page.getByLabel('Person 2')).toBeVisible();
  await expectSound(page);
});

test('the address says which ledger is shown, and the device remembers the last', async ({
  page,
}) => {
  const ada = await signedUp(page);
  const flat = (await api(page, ada, 'POST', '/ledgers', { name: 'Flat', currency: 'EUR' })) as {
    id: string;
  };
  await api(page, ada, 'POST', `/ledgers/${flat.id}/expenses`, {
    spent_on: '2026-03-14',
    amount: 4200,
    payee: 'Energy bill',
  });
  await page.goto('/expenses');
  await expect(page.getByText('No expenses yet')).toBeVisible();

  await page.getByRole('button', { name: /^Ledger: Personal/ }).click();
  await expectSound(page);
  await page.getByRole('link', { name: 'Flat EUR' }).click();
  await expect(page).toHaveURL(`/${flat.id}/expenses`);
  await expect(page.getByRole('row', { name: /Energy bill/ })).toBeVisible();

  await page.goto('/');
  await expect(page).toHaveURL(`/${flat.id}`);
  await page.goto('/expenses');
  await expect(page.getByText('No expenses yet')).toBeVisible();
});

test('a ledger that is archived is looked at and not changed', async ({ page }) => {
  const ada = await signedUp(page);
  const trip = (await api(page, ada, 'POST', '/ledgers', { name: 'Trip', currency: 'CHF' })) as {
    id: string;
  };
  await page.goto(`/${trip.id}/members`);
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('“Trip” is archived.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add expense' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Bring back' }).click();
  await expect(page.getByRole('button', { name: 'Add expense' }).first()).toBeVisible();
});

import type { Page } from '@playwright/test';
import { api, day, expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

/** A trip in yen that somebody has paid 10,000 of, for two. */
async function trip(page: Page, owner: Person): Promise<string> {
  const body = { name: 'Kyoto', currency: 'JPY' };
  const { id } = (await api(page, owner, 'POST', '/ledgers', body)) as { id: string };
  await api(page, owner, 'POST', `/ledgers/${id}/members`, { name: 'Bert' });
  const inns = await api(page, owner, 'POST', `/ledgers/${id}/categories`, { name: 'Inns' });
  const { id: category_id } = inns as { id: string };
  const inn = { spent_on: day(0), amount: 10_000, payee: 'Ryokan', category_id };
  await api(page, owner, 'POST', `/ledgers/${id}/expenses`, inn);
  return id;
}

test('a ledger that is left out for want of a rate gets one, and counts @phone', async ({
  page,
}) => {
  const ada = await signedUp(page, 'Ada');
  await trip(page, ada);
  await page.goto('/');
  const across = page.getByRole('region', { name: /^My share over all ledgers/ });
  await expect(across).toContainText('Kyoto (JPY) is left out: there is no rate yet.');
  await expect(across).toContainText(/Borne by me\s*€0.00/);
  await across.getByRole('link', { name: 'Enter a rate for Kyoto' }).click();
  await expect(page.getByRole('heading', { name: 'How it counts for me' })).toBeVisible();
  const rate = page.getByLabel('1 JPY in EUR');
  await expect(rate).toHaveAccessibleDescription('No rate: left out.');
  await rate.fill('0');
  await rate.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await rate.fill('0,0062');
  await expect(rate).toHaveAccessibleDescription('¥100 then counts as €0.62.');
  await rate.press('Enter');
  await expect(page.getByText('Saved: this is how “Kyoto” counts for you.')).toBeVisible();
  await expect(rate).toHaveValue('0.0062');
  await page.goBack();
  await expect(across).toContainText(/Borne by me\s*€31.00/);
});

test('a category of a shared ledger counts as one of mine, as the settings say @look', async ({
  page,
}) => {
  const ada = await signedUp(page, 'Ada');
  const id = await trip(page, ada);
  const own = await api(page, ada, 'POST', `/ledgers/${ada.ledgerId}/categories`, { name: 'Beds' });
  await page.goto(`/${id}/members`);
  await page.getByRole('link', { name: 'Rate and categories' }).click();
  const inns = page.getByLabel('“Inns” counts as');
  await expect(inns.locator('option:checked')).toHaveText('“Inns” (none of mine)');
  await inns.selectOption('Beds');
  await expectSound(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved: this is how “Kyoto” counts for you.')).toBeVisible();
  expect(await api(page, ada, 'GET', `/ledgers/${id}/mapping`)).toMatchObject({
    categories: [{ own_category_id: (own as { id: string }).id }],
  });
  await page.reload();
  await expect(inns.locator('option:checked')).toHaveText('Beds');
});

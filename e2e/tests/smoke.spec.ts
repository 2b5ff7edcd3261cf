import { expect, expectSound, signedUp, test } from '../outlay.ts';

test('a visitor is greeted by a sound page @look', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveTitle(/Outlay/);
  await expect(page.getByRole('main')).toBeVisible();
  await expectSound(page);
});

test('somebody who has signed up gets in, and is still in after a reload @phone', async ({
  page,
}) => {
  await signedUp(page);
  await page.goto('/');
  await expect(page.getByRole('navigation').first()).toBeVisible();
  await expect(page.locator('input[type=password]')).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('navigation').first()).toBeVisible();
  await expect(page.locator('input[type=password]')).toHaveCount(0);
});

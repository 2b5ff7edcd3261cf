import { expect, expectSound, installed, signedUp, test } from '../outlay.ts';

test('being offline is said, and so is being back', async ({ page, context }) => {
  await signedUp(page);
  await page.goto('/settings');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await installed(page);
  await context.setOffline(true);
  await expect(page.getByText('You are offline.')).toBeVisible();
  await expectSound(page);
  await context.setOffline(false);
  await expect(page.getByText('You are offline.')).toBeHidden();
});

test('the app opens without a connection, says so, and goes on when there is one @phone', async ({
  page,
  context,
}) => {
  await signedUp(page);
  await page.goto('/settings');
  await installed(page);
  await context.setOffline(true);
  await page.goto('/categories');
  await expect(page.getByRole('heading', { name: 'No connection' })).toBeVisible();
  await expectSound(page);
  await context.setOffline(false);
  await expect(page.getByRole('heading', { name: 'Categories' })).toBeVisible();
});

test('the browser keeps one version of the app, and nothing of the API', async ({ page }) => {
  await signedUp(page);
  await page.goto('/');
  await page.evaluate(() => caches.open('outlay-of-yesterday'));
  await installed(page);
  await page.goto('/categories');
  await expect(page.getByRole('heading', { name: 'Categories' })).toBeVisible();
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const requests = await Promise.all(
      names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)),
    );
    return requests.flat();
  });
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.filter((url) => url.includes('/api/'))).toEqual([]);
});

test.describe('another version', () => {
  // the worker's requests would not pass by what the test puts in their place
  test.use({ serviceWorkers: 'block' });

  test('is taken at the next change of page', async ({ page }) => {
    await signedUp(page);
    await page.goto('/settings');
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
    await page.route('**/_app/version.json', (route) =>
      route.fulfill({ json: { version: 'next' } }),
    );
    await page.evaluate(() => {
      document.documentElement.dataset['loaded'] = 'before';
    });
    const asked = page.waitForResponse('**/_app/version.json');
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await asked;
    await page.getByRole('link', { name: 'Reports' }).first().click();
    await expect(page.getByRole('heading', { name: 'Reports' })).toBeVisible();
    await expect(page.locator('html[data-loaded]')).toHaveCount(0);
  });
});

test('it can be installed', async ({ page }) => {
  await page.goto('/sign-in');
  const address = await page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = (await (await page.request.get(address ?? '')).json()) as {
    display: string;
    icons: { src: string }[];
  };
  expect(manifest.display).toBe('standalone');
  for (const { src } of manifest.icons) expect((await page.request.get(src)).status()).toBe(200);
});

import { group } from '../groups.ts';
import { api, day, expect, expectSound, signedUp, test } from '../outlay.ts';

test('a newcomer is told the first step @look', async ({ page }) => {
  await signedUp(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Write down your first expense' })).toBeVisible();
  await expectSound(page);
  await page.getByRole('main').getByRole('button', { name: 'Add expense' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('home sets this month against the last, up to the same day @look', async ({ page }) => {
  await page.clock.setFixedTime(new Date('2026-05-20T12:00:00'));
  const person = await signedUp(page);
  const add = (spent_on: string, amount: number, payee: string) =>
    api(page, person, 'POST', `/ledgers/${person.ledgerId}/expenses`, { spent_on, amount, payee });
  await add('2026-04-03', 60_000, 'Landlord');
  await add('2026-04-25', 15_000, 'Railway');
  await add('2026-05-03', 50_000, 'Landlord');
  await add('2026-05-18', 2_050, 'Café Kranz');
  await add('2026-05-28', 9_900, 'Concert');

  await page.goto('/');
  const month = page.getByRole('region', { name: 'Spent in May 2026' });
  await expect(month).toContainText('€520.50');
  await expect(month).toContainText('€79.50 less than at this point of April −13%');
  await expect(month).toContainText('April in full €750.00');
  await expect(month).toContainText('Entered for later €99.00');
  await expectSound(page);

  await page.getByRole('link', { name: 'May 2026: €619.50' }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/expenses?from=2026-04-01&to=2026-04-30&kind=expense');

  await page.goBack();
  await page.getByRole('button', { name: 'Café Kranz' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('a sum that is too large to count is told, beside what can be', async ({ page }) => {
  const person = await signedUp(page);
  for (const [payee, amount] of Object.entries({ Bakery: 1250, Moon: Number.MAX_SAFE_INTEGER })) {
    const body = { spent_on: day(0), amount, payee };
    await api(page, person, 'POST', `/ledgers/${person.ledgerId}/expenses`, body);
  }
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'The sum is too large' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Bakery' })).toBeVisible();
  await page.goto('/reports');
  await expect(page.getByRole('heading', { name: 'The sum is too large' })).toBeVisible();
  await page.getByRole('link', { name: 'Show the largest ones' }).click();
  await expect(page.locator('[role=row][data-id]').first()).toContainText('Moon');
  await page.goto('/categories');
  await expect(page.getByRole('heading', { name: 'Categories', level: 1 })).toBeVisible();
});

test('what is shared counts with my share, and what I laid out for others stands beside it', async ({
  page,
}) => {
  await page.clock.setFixedTime(new Date('2026-05-20T12:00:00'));
  const ada = await signedUp(page, 'Ada');
  const { id } = await group(page, ada, ['Bert']);
  const dinner = { spent_on: '2026-05-18', amount: 3000, payee: 'Dinner' };
  await api(page, ada, 'POST', `/ledgers/${id}/expenses`, dinner);
  await page.goto('/');
  await expect(
    page.getByRole('region', { name: 'My share over all ledgers in May' }),
  ).toContainText(/Borne by me\s*€15.00.*shared ledgers\s*€15.00.*Laid out for others\s*€15.00/);
});

test('the home of a shared ledger tells the whole from my share', async ({ page }) => {
  await page.clock.setFixedTime(new Date('2026-05-20T12:00:00'));
  const ada = await signedUp(page, 'Ada');
  const { id } = await group(page, ada, ['Bert']);
  const dinner = { spent_on: '2026-05-18', amount: 3000, payee: 'Dinner' };
  await api(page, ada, 'POST', `/ledgers/${id}/expenses`, dinner);
  await page.goto(`/${id}`);
  const all = page.getByRole('region', { name: 'Spent by all in May 2026' });
  await expect(all).toContainText(/^Spent by all in May 2026\s*€30.00/);
  await expect(all).toContainText(/Of it my share\s*€15.00/);
  await page.getByRole('radio', { name: 'Whole ledger' }).press('ArrowRight');
  await expect(page).toHaveURL(`/${id}?of=me`);
  const mine = page.getByRole('region', { name: 'My share in May 2026' });
  await expect(mine).toContainText(/^My share in May 2026\s*€15.00/);
  await expect(mine).toContainText(/Spent by all\s*€30.00/);
  await expect(page.getByRole('region', { name: 'Latest' })).toContainText(/Dinner.*€15.00/);
  await page.reload();
  await expect(page.getByRole('radio', { name: 'My share' })).toBeChecked();
  await expectSound(page);
});

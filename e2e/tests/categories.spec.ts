import type { Page } from '@playwright/test';
import { api, expect, expectSound, signedUp, test, type Person } from '../outlay.ts';

interface Category {
  id: string;
  name: string;
  version: number;
}

async function categories(page: Page, person: Person): Promise<Category[]> {
  const list = await api(page, person, 'GET', `/ledgers/${person.ledgerId}/categories`);
  return (list as { items: Category[] }).items;
}

async function named(page: Page, person: Person, name: string): Promise<Category> {
  const found = (await categories(page, person)).find((category) => category.name === name);
  if (!found) throw new Error(`there is no category ${name}`);
  return found;
}

async function spend(page: Page, person: Person, category: Category, times: number) {
  const expense = {
    spent_on: '2026-03-14',
    amount: 1250,
    payee: 'Corner shop',
    category_id: category.id,
  };
  const path = `/ledgers/${person.ledgerId}/expenses`;
  for (let left = times; left > 0; left -= 50) {
    const some = Array.from({ length: Math.min(50, left) });
    await Promise.all(some.map(() => api(page, person, 'POST', path, expense)));
  }
}

const row = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function choose(page: Page, category: string, action: string) {
  await page.getByRole('button', { name: `What to do with “${category}”` }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

/** The dialog that asks whether to merge. */
async function merging(page: Page, category: string, into: string) {
  await choose(page, category, 'Merge into another');
  const dialog = page.getByRole('dialog', { name: `Merge “${category}”` });
  await dialog.getByLabel('Into').selectOption(into);
  return dialog;
}

test('the categories are a sound page @look', async ({ page }) => {
  const ada = await signedUp(page);
  await spend(page, ada, await named(page, ada, 'Groceries'), 3);
  await page.goto('/categories');
  await expect(page.getByRole('link', { name: '3 expenses in “Groceries”' })).toBeVisible();
  await expectSound(page);
});

test('the editor of a category is sound @look', async ({ page }) => {
  await signedUp(page);
  await page.goto('/categories');
  await page.getByRole('button', { name: 'Colour and icon of “Food”' }).click();
  await expect(page.getByRole('dialog', { name: 'Edit category' })).toBeVisible();
  await expectSound(page);
});

test('a category is renamed in its place by keyboard, and back', async ({ page }) => {
  await signedUp(page);
  await page.goto('/categories');
  await row(page, 'Education').focus();
  await page.keyboard.press('ArrowDown');
  await expect(row(page, 'Family and pets')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.type('Family');
  await page.keyboard.press('Enter');
  await expect(row(page, 'Family')).toBeFocused();
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect(row(page, 'Family and pets')).toBeVisible();
});

test('a name that is taken is refused where it is typed', async ({ page }) => {
  await signedUp(page);
  await page.goto('/categories');
  await row(page, 'Education').press('Enter');
  await page.keyboard.type('Travel');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('This name is already in use.');
  await page.keyboard.press('Escape');
  await expect(row(page, 'Education')).toBeFocused();
});

test('a sub-category is made, moved to another parent, and brought back @phone', async ({
  page,
}) => {
  await signedUp(page);
  await page.goto('/categories');
  await page.getByRole('button', { name: 'Add a sub-category to “Food”' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Market');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('list', { name: 'Sub-categories of “Food”' })).toContainText(
    'Market',
  );

  await choose(page, 'Market', 'Move to another parent');
  await dialog.getByLabel('Belongs below').selectOption('Leisure');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const leisure = page.getByRole('list', { name: 'Sub-categories of “Leisure”' });
  await expect(leisure).toContainText('Market');
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(leisure).not.toContainText('Market');
});

test('merging says how many expenses move, moves them, and can be undone', async ({ page }) => {
  const ada = await signedUp(page);
  const source = await named(page, ada, 'Coffee and snacks');
  await spend(page, ada, source, 2);
  await page.goto('/categories');
  const dialog = await merging(page, 'Coffee and snacks', 'Food › Groceries');
  await expect(dialog.getByText('2 expenses move to “Groceries”')).toBeVisible();
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(page.getByRole('link', { name: '2 expenses in “Groceries”' })).toBeVisible();
  await expect(row(page, 'Coffee and snacks')).toBeHidden();

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('link', { name: '2 expenses in “Coffee and snacks”' })).toBeVisible();
  await expect(page.getByText(/in “Groceries”/)).toBeHidden();
});

test('a merge of very many expenses goes on after it was asked for, and can be undone', async ({
  page,
}) => {
  const ada = await signedUp(page);
  const source = await named(page, ada, 'Coffee and snacks');
  await spend(page, ada, source, 1_001);
  await page.goto('/categories');
  const dialog = await merging(page, 'Coffee and snacks', 'Food › Groceries');
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(
    page.getByText('The expenses of “Coffee and snacks” are moving to “Groceries”.'),
  ).toBeVisible();
  await expect(page.getByRole('link', { name: '1001 expenses in “Groceries”' })).toBeVisible();
  await expect(page.getByText('Archived')).toBeHidden();

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(
    page.getByRole('link', { name: '1001 expenses in “Coffee and snacks”' }),
  ).toBeVisible();
});

test('archiving takes the sub-categories along, and deleting needs an unused one', async ({
  page,
}) => {
  const ada = await signedUp(page);
  await spend(page, ada, await named(page, ada, 'Insurance'), 1);
  await page.goto('/categories');
  await choose(page, 'Travel', 'Archive');
  await expect(page.getByText('“Travel” is archived, with its 2 sub-categories.')).toBeVisible();
  await page.getByText('Archived (3)').click();
  await choose(page, 'Travel', 'Bring back from the archive');
  await expect(page.getByRole('list', { name: 'Sub-categories of “Travel”' })).toContainText(
    'Lodging',
  );
  await expect(page.getByText('Archived (3)')).toBeHidden();

  await choose(page, 'Insurance', 'Delete');
  await expect(page.getByText('This category is in use.')).toBeVisible();
  await choose(page, 'Education', 'Delete');
  await expect(row(page, 'Education')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(row(page, 'Education')).toBeVisible();
});

test('what somebody else has changed meanwhile is said, never overwritten', async ({ page }) => {
  const ada = await signedUp(page);
  await page.goto('/categories');
  await expect(row(page, 'Education')).toBeVisible();
  const { id, version } = await named(page, ada, 'Education');
  const path = `/ledgers/${ada.ledgerId}/categories/${id}`;

  const dialog = page.getByRole('dialog', { name: 'Edit category' });
  await choose(page, 'Education', 'Move to another parent');
  await dialog.getByLabel('Name').fill('School');
  await api(page, ada, 'PUT', path, { name: 'Learning', icon: 'book-open' }, version);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('changed elsewhere');
  await expect(dialog.getByLabel('Name')).toHaveValue('Learning');
  expect((await named(page, ada, 'Learning')).version).toBe(version + 1);
});

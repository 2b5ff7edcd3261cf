// What every test stands on: a client address of its own, people who have signed up, and pages without a fault.
import { randomInt, randomUUID } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

export { expect };

/** Somebody who has signed up. */
export interface Person {
  name: string;
  email: string;
  password: string;
  accessToken: string;
  ledgerId: string;
}

interface Session {
  access_token: string;
  user: { personal_ledger_id: string };
}

interface Fixtures {
  /** Fails the test when a page throws, or breaks the content policy. */
  faults: string[];
}

export const test = base.extend<Fixtures>({
  // The limits on attempts are per client: tests must not use up each other's.
  extraHTTPHeaders: async ({}, use) => {
    const address = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
    await use({ 'x-forwarded-for': address });
  },
  faults: [
    async ({ context }, use) => {
      const faults: string[] = [];
      context.on('weberror', (fault) => faults.push(String(fault.error())));
      context.on('console', (message) => {
        // Answers that are refusals are the business of the test that provokes them.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          faults.push(message.text());
        }
      });
      await use(faults);
      expect(faults, 'faults in the pages').toEqual([]);
    },
    { auto: true },
  ],
});

/** Signs somebody new up over the API; the page's browser is signed in from its next load on. */
export async function signedUp(page: Page, name = 'Ada Lovelace'): Promise<Person> {
  const email = `${randomUUID()}@outlay.example`;
  const password = 'correct horse battery staple';
  const answer = await page.request.post('/api/v1/auth/register', {
    data: { name, email, password },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  // What the app notes when somebody signs in; once, so that signing out holds.
  await page.addInitScript(() => {
    if (sessionStorage.getItem('signed-up')) return;
    sessionStorage.setItem('signed-up', '1');
    localStorage.setItem('outlay.signed-in', '1');
  });
  const session = (await answer.json()) as Session;
  return {
    name,
    email,
    password,
    accessToken: session.access_token,
    ledgerId: session.user.personal_ledger_id,
  };
}

/** Asks the API as that person, below /api/v1; fails the test unless the answer is a success. */
export async function api(
  page: Page,
  person: Person,
  method: string,
  path: string,
  data?: unknown,
  ifMatch?: number,
): Promise<unknown> {
  const answer = await page.request.fetch(`/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    },
    ...(data === undefined ? {} : { data }),
  });
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
  return answer.status() === 204 ? undefined : answer.json();
}

/** The date so many days ago, where the tests' browser is. */
export function day(ago: number): string {
  const date = new Date(Date.now() - ago * 86_400_000);
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(date);
}

/** Axe finds nothing (WCAG 2.2 AA), and nothing makes the page scroll sideways. */
export async function expectSound(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const faults = found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}\n${node.failureSummary ?? ''}`),
  );
  expect(faults).toEqual([]);
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess, 'pixels by which the page is too wide').toBeLessThanOrEqual(0);
}

/** Waits until the app is kept in the browser and answers from there. */
export async function installed(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
  });
}

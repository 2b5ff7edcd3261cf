// The tests run against the real server, whose address is in OUTLAY_URL: `make test-e2e` starts one.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const url = process.env['OUTLAY_URL'];
if (!url) {
  throw new Error(
    'OUTLAY_URL is not set: run `make test`, or `scripts/with-services scripts/with-outlay npm --prefix e2e test`',
  );
}

const chromium = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path));

const desktop = { width: 1440, height: 900 };
const phone = { width: 360, height: 740 };

export default defineConfig({
  testDir: 'tests',
  fullyParallel: true,
  workers: 2,
  // A test that passes the second time has found something.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  // Long enough for a machine that has much else to do: what is slow is found by the bench, what never comes by these.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    baseURL: url,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
      ],
    },
  },
  // What is looked at (@look) is looked at everywhere; what a phone may do otherwise (@phone) is done there too.
  projects: [
    { name: 'desktop', use: { viewport: desktop, colorScheme: 'light' } },
    {
      name: 'phone',
      use: { viewport: phone, colorScheme: 'light', hasTouch: true, isMobile: true },
      grep: /@look|@phone/,
    },
    { name: 'desktop-dark', use: { viewport: desktop, colorScheme: 'dark' }, grep: /@look/ },
    {
      name: 'phone-dark',
      use: { viewport: phone, colorScheme: 'dark', hasTouch: true, isMobile: true },
      grep: /@look/,
    },
  ],
});

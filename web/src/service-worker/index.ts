import { version } from '$app/env';
import { assets, immutable } from '$app/manifest';
import { self } from '$app/service-worker';

// Keeps the shell of the app, so that it opens at once and, without a connection, opens at all.
// Nothing of the API is ever kept here: what waits to be sent, and what is needed to add more to it, is kept by lib/outbox.
const cacheName = `outlay-${version}`;
const shell = '/';
/** So long a page is waited for where one is kept, in milliseconds: a network may only seem to be there. */
const patience = 3_000;
// what the server says varies by origin is the same for the one origin that this serves
const anyOrigin = { ignoreVary: true };

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOtherVersions());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (
    request.method !== 'GET' ||
    url.origin !== self.location.origin ||
    url.pathname.startsWith('/api/')
  )
    return;
  if (request.mode === 'navigate') {
    event.respondWith(page(request));
  } else if (url.pathname.startsWith('/_app/immutable/')) {
    event.respondWith(keptFile(request));
  } else {
    event.respondWith(freshFile(request, request));
  }
});

async function keepShell() {
  const cache = await caches.open(cacheName);
  const page = await fetch(shell, { cache: 'no-cache' });
  if (!page.ok) throw new Error(`the shell answered ${page.status}`);
  const html = await page.clone().text();
  await cache.put(shell, page);
  const named = Array.from(html.matchAll(/(?:src|href)="(\/[^"]+)"/g), ([, path]) => path ?? shell);
  const built = immutable.map(({ path }) => `/${path}`);
  const drawn = assets
    .map(({ path }) => `/${path}`)
    .filter((path) => /\.(js|svg|webmanifest)$/.test(path));
  await cache.addAll([...new Set([...named, ...built, ...drawn])]);
  await self.skipWaiting();
}

async function dropOtherVersions() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The page from the server; what is kept where the server, or what stands before it, has no page to give, or not soon. */
async function page(request: Request): Promise<Response> {
  const answer = freshFile(request, shell);
  const first = await Promise.race([answer, impatience()]);
  if (first && first.status < 500) return first;
  const kept = await caches.match(shell, anyOrigin);
  if (!kept) return answer;
  answer.catch(() => undefined);
  return kept;
}

function impatience(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), patience));
}

/** From the server, or without a connection what is kept under a name. */
async function freshFile(request: Request, kept: RequestInfo): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    const file = await caches.match(kept, anyOrigin);
    if (file) return file;
    throw cause;
  }
}

async function keptFile(request: Request): Promise<Response> {
  return (await caches.match(request, anyOrigin)) ?? fetch(request);
}

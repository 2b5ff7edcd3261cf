// A second instance of the server, on the database and the Redis of the first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Starts one, and gives its address as soon as it hears the others; `stop` ends it. */
export async function anotherInstance(): Promise<{ url: string; stop: () => Promise<void> }> {
  if (!process.env['DATABASE_URL'] || !process.env['REDIS_URL']) {
    throw new Error(
      'two instances share a database and a Redis: run this with scripts/with-services',
    );
  }
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const server = spawn(`${process.env['CARGO_TARGET_DIR'] ?? 'target'}/debug/outlay`, ['serve'], {
    cwd: root,
    stdio: 'ignore',
    env: {
      ...process.env,
      OUTLAY_LISTEN: listen,
      OUTLAY_PUBLIC_URL: url,
      OUTLAY_TRUSTED_PROXIES: '1',
    },
  });
  const gone = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGTERM');
    await gone;
  };
  const over = new AbortController();
  const asking = AbortSignal.any([over.signal, AbortSignal.timeout(20_000)]);
  try {
    await Promise.race([
      ready(url, asking),
      gone.then(() => Promise.reject(new Error('it has ended'))),
    ]);
  } catch (cause) {
    await stop();
    throw cause;
  } finally {
    over.abort();
  }
  return { url, stop };
}

/** Asks until it is, or until the signal: then it throws. */
async function ready(url: string, signal: AbortSignal): Promise<void> {
  const asked = fetch(`${url}/health/ready`, { signal }).then((answer) => answer.json());
  const state = (await asked.catch(() => undefined)) as { live?: string } | undefined;
  if (state?.live === 'up') return;
  await pause(50, undefined, { signal });
  return ready(url, signal);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

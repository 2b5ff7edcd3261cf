// What is kept in the browser: what waits to be sent, and what is needed to open the app without a connection.
import type { Entry } from './waiting.svelte.ts';

const [entries, known] = ['entries', 'known'];
let database: Promise<IDBDatabase> | undefined;
/** What a browser that is full, or keeps nothing, has no room for: it lasts as long as the page. */
const unkept = new Map<string, Entry>();

/** All that waits for a user, in order; of what cannot be read, what this page has. */
export async function entriesOf(user: string): Promise<Entry[]> {
  return (await readEntries(user)) ?? looseOf(user);
}

/** All that waits for a user, in order, or nothing where it cannot be read. */
export async function readEntries(user: string): Promise<Entry[] | undefined> {
  const loose = looseOf(user);
  const others = (entry: Entry) => !loose.some(({ id }) => id === entry.id);
  try {
    const range = IDBKeyRange.bound([user], [user, []]);
    const found = await within<Entry[]>(entries, 'readonly', (store) => store.getAll(range));
    return [...found.filter(others), ...loose].toSorted((a, b) => a.at - b.at);
  } catch {
    return undefined;
  }
}

function looseOf(user: string): Entry[] {
  return [...unkept.values()].filter((entry) => entry.user === user);
}

/** Whether leaving the page would lose something. */
export function isLosing(): boolean {
  return unkept.size > 0;
}

/** Changes one entry in one step, whatever other tabs do; `undefined` takes it out. Gives what is there then. */
export async function changeEntry(
  user: string,
  id: string,
  change: (entry: Entry | undefined) => Entry | undefined,
): Promise<Entry | undefined> {
  const name = `${user} ${id}`;
  let before = unkept.get(name);
  let after: Entry | undefined;
  try {
    await within(entries, 'readwrite', (store) => {
      const key = [user, id];
      const request: IDBRequest<Entry | undefined> = store.get(key);
      request.onsuccess = () => {
        before ??= request.result;
        after = change(before);
        if (after) store.put(after);
        else store.delete(key);
      };
      return request;
    });
    unkept.delete(name);
  } catch {
    after = change(before);
    if (after) unkept.set(name, after);
    else unkept.delete(name);
  }
  return after;
}

/** Takes out all that waits for a user. */
export async function clearEntries(user: string): Promise<void> {
  for (const { id } of await entriesOf(user)) await changeEntry(user, id, () => undefined);
}

/** Keeps what a user has read last, under a name; what others have read here before goes. */
export async function keep(user: string, name: string, value: unknown): Promise<void> {
  await within(known, 'readwrite', (store) => {
    const whose: IDBRequest<string | undefined> = store.get('user');
    whose.onsuccess = () => {
      if (whose.result !== user) store.clear();
      store.put(user, 'user');
      store.put(value, name);
    };
    return whose;
  });
}

export function recall<T>(name: string): Promise<T | undefined> {
  return within<T | undefined>(known, 'readonly', (store) => store.get(name));
}

/** Forgets what has been read here, but not what waits. */
export async function forget(): Promise<void> {
  await within(known, 'readwrite', (store) => store.clear());
}

async function within<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest,
): Promise<T> {
  const transaction = await begun(name, mode);
  const request = work(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result as T);
    transaction.onabort = () => reject(transaction.error ?? new Error('the storage is full'));
  });
}

async function begun(name: string, mode: IDBTransactionMode): Promise<IDBTransaction> {
  try {
    return (await connected()).transaction(name, mode);
  } catch (cause) {
    if (!(cause instanceof DOMException) || cause.name !== 'InvalidStateError') throw cause;
    // browsers close it on a page that sleeps, and not all of them say so
    database = undefined;
    return (await connected()).transaction(name, mode);
  }
}

function connected(): Promise<IDBDatabase> {
  database ??= open().catch((cause: unknown) => {
    database = undefined;
    throw cause;
  });
  return database;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('outlay', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(entries, { keyPath: ['user', 'id'] });
      request.result.createObjectStore(known);
    };
    request.onsuccess = () => {
      // another tab with a later version of the app may change how things are kept
      request.result.onversionchange = () => {
        request.result.close();
        database = undefined;
      };
      request.result.onclose = () => (database = undefined);
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error('there is no storage'));
  });
}

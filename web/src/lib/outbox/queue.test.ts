import 'fake-indexeddb/auto';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiProblem, networkProblem } from '#lib/api/problem.ts';
import type { Book } from '#lib/expenses/book.ts';
import type { Expense, ExpenseBody } from '#lib/expenses/types.ts';
import { bodyOf, conflict, late, made, refusal } from './fixtures.ts';
import { changeEntry, clearEntries, entriesOf } from './shelf.ts';
import { sending, stageOf, waiting } from './waiting.svelte.ts';

const { session, server, book, known, loadBook } = vi.hoisted(() => {
  const server = {
    create: vi.fn<(ledger: string, body: ExpenseBody) => Promise<Expense>>(),
    replace: vi.fn<(ledger: string, base: Expense, body: ExpenseBody) => Promise<Expense>>(),
    remove: vi.fn<(ledger: string, base: Expense) => Promise<Expense>>(),
    restore: vi.fn<(ledger: string, base: Expense) => Promise<Expense>>(),
    get: vi.fn<(ledger: string, id: string) => Promise<Expense>>(),
  };
  const ledger = { id: 'own', name: 'Own', currency: 'EUR', member_id: 'ada', seq: 1 };
  const book = { ledger, categories: [], members: [{ id: 'ada' }] } as unknown as Book;
  const known = vi.fn<() => Book | undefined>();
  const loadBook = vi.fn<(ledger: string, signal?: AbortSignal) => Promise<Book>>();
  const session = { user: { id: 'ada' } as { id: string } | null };
  return { session, server, book, known, loadBook };
});
vi.mock('#lib/session/session.svelte.ts', () => ({
  session,
  signedInUser: () => session.user,
}));
vi.mock('#lib/expenses/book.ts', () => ({
  knownBook: known,
  keptBook: () => Promise.resolve(undefined),
  loadBook,
}));
vi.mock('#lib/expenses/list.svelte.ts', () => ({ publish: () => 0, withdraw: () => 0 }));
vi.mock('#lib/locale/locale.svelte.ts', () => ({ locale: { tag: 'en-GB' } }));
vi.mock('#lib/expenses/requests.ts', async () => {
  const { ApiProblem } = await import('#lib/api/problem.ts');
  /** As the server does it: there is no version 0. */
  const versioned =
    <A extends unknown[]>(request: (ledger: string, base: Expense, ...rest: A) => unknown) =>
    (ledger: string, base: Expense, ...rest: A) =>
      base.version > 0
        ? request(ledger, base, ...rest)
        : Promise.reject(new ApiProblem({ status: 400, code: 'if_match_invalid' }));
  return {
    createExpense: server.create,
    replaceExpense: versioned(server.replace),
    deleteExpense: versioned(server.remove),
    restoreExpense: versioned(server.restore),
    getExpense: server.get,
  };
});

const { queue } = await import('./queue.ts');

/** Adds one, and waits until it is kept; what becomes of it is none of the test's business. */
async function add(id: string, payee = id) {
  const body = bodyOf(payee);
  queue.add(book, id, body, Promise.resolve(body)).catch(() => undefined);
  await vi.waitUntil(async () => (await entriesOf('ada')).some((entry) => entry.id === id));
}
const sentIds = () => server.create.mock.calls.map(([, { id }]) => id);

beforeEach(async () => {
  queue.retryNow();
  await queue.flush();
  for (const user of ['ada', 'bert']) await clearEntries(user);
  waiting.all = [];
  session.user = { id: 'ada' };
  for (const request of Object.values(server)) request.mockReset();
  known.mockReset();
  loadBook.mockReset();
  loadBook.mockResolvedValue(book);
  server.create.mockRejectedValue(networkProblem());
  server.replace.mockRejectedValue(networkProblem());
  server.remove.mockRejectedValue(networkProblem());
});

test('what has no answer is kept, and sent in order and once when there is one', async () => {
  for (const id of ['c', 'a', 'b']) await add(id);
  await queue.flush();
  expect((await entriesOf('ada')).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  server.create.mockReset();
  server.create.mockImplementation((_, { id = '' }) => Promise.resolve(made(id ?? '')));
  await Promise.all([queue.flush(), queue.flush()]);
  expect(sentIds()).toEqual(['c', 'a', 'b']);
  expect(await entriesOf('ada')).toEqual([]);
  expect(waiting.all).toEqual([]);
});

test('a refusal keeps what was entered, and lets the others pass', async () => {
  await add('a', 'Bakery');
  await add('b');
  server.create.mockImplementation((_, { id }) =>
    id === 'a' ? Promise.reject(refusal) : Promise.resolve(made(id ?? '')),
  );
  await queue.flush();
  const [entry] = waiting.all;
  expect(entry).toMatchObject({ id: 'a', body: bodyOf('Bakery') });
  expect(entry?.refusal).toMatchObject({ code: 'category_unknown', field: 'category_id' });
  const before = server.create.mock.calls.length;
  await queue.flush();
  expect(server.create).toHaveBeenCalledTimes(before);

  server.create.mockResolvedValue(made('a'));
  await queue.retry('a');
  await queue.flush();
  expect(await entriesOf('ada')).toEqual([]);
});

test('what a refused entry is corrected to takes its place', async () => {
  server.create.mockRejectedValue(refusal);
  await add('a', 'Bakery');
  await vi.waitUntil(() => waiting.get('a')?.refusal);
  server.create.mockImplementation((_, { id }) => Promise.resolve(made(id ?? '')));
  const body = bodyOf('Baker');
  await queue.add(book, 'a', body, Promise.resolve(body));
  expect(server.create.mock.lastCall?.[1]).toMatchObject({ id: 'a', payee: 'Baker' });
  expect(await entriesOf('ada')).toEqual([]);
});

test('nobody sends what somebody else has entered', async () => {
  await add('a');
  await queue.flush();
  waiting.all = [];
  server.create.mockReset();
  session.user = { id: 'bert' };
  await queue.flush();
  session.user = null;
  await queue.flush();
  expect(server.create).not.toHaveBeenCalled();
  expect((await entriesOf('ada')).map(({ id }) => id)).toEqual(['a']);
  expect(await entriesOf('bert')).toEqual([]);
});

test('a session that is over refuses nothing: it waits for its user', async () => {
  server.create.mockRejectedValue(new ApiProblem({ status: 401, code: 'unauthenticated' }));
  await add('a');
  await queue.flush();
  expect(waiting.get('a')?.refusal).toBeUndefined();
});

test('two edits of one expense are one, from what the first began with', async () => {
  const base = made('a', { version: 3 });
  const shown = await queue.keep('own', base, { action: 'replace', body: bodyOf('Baker') }, true);
  await queue.keep('own', shown, { action: 'replace', body: bodyOf('Butcher') }, true);
  server.replace.mockImplementation((_, { id }) => Promise.resolve(made(id, { version: 4 })));
  await queue.flush();
  const [, from, body] = server.replace.mock.lastCall ?? [];
  expect(from?.version).toBe(3);
  expect(body?.payee).toBe('Butcher');
  expect(await entriesOf('ada')).toEqual([]);
});

test('what others have changed meanwhile is merged, where it does not collide', async () => {
  const base = made('a', { version: 3 });
  await queue.keep('own', base, { action: 'replace', body: bodyOf('Baker') }, true);
  server.replace.mockRejectedValueOnce(conflict(made('a', { version: 5, note: 'theirs' })));
  server.replace.mockResolvedValueOnce(made('a', { version: 6 }));
  await queue.flush();
  const [, from, body] = server.replace.mock.lastCall ?? [];
  expect(from?.version).toBe(5);
  expect(body).toMatchObject({ payee: 'Baker', note: 'theirs' });
  expect(waiting.all).toEqual([]);
});

test('what collides waits for the user, with both sides', async () => {
  const base = made('a', { version: 3 });
  await queue.keep('own', base, { action: 'replace', body: bodyOf('Baker') }, true);
  server.replace.mockRejectedValueOnce(conflict(made('a', { version: 5, payee: 'Butcher' })));
  await queue.flush();
  const entry = waiting.get('a');
  expect(entry && stageOf(entry)).toBe('asking');
  expect(entry?.expected.payee).toBe('Baker');
  expect(entry?.current?.payee).toBe('Butcher');
});

test('an edit that arrived without an answer does not collide with the next one', async () => {
  const base = made('a', { version: 3 });
  const shown = await queue.keep('own', base, { action: 'replace', body: bodyOf('Baker') }, true);
  await queue.keep('own', shown, { action: 'replace', body: bodyOf('Butcher') }, true);
  server.replace.mockRejectedValueOnce(conflict(made('a', { version: 4, payee: 'Baker' })));
  server.replace.mockResolvedValueOnce(made('a', { version: 5, payee: 'Butcher' }));
  await queue.flush();
  expect(server.replace.mock.lastCall?.[2].payee).toBe('Butcher');
  expect(waiting.all).toEqual([]);
});

test('an edit of what somebody has trashed asks before it brings it back', async () => {
  const trashed = made('a', { version: 4, deleted_at: '2026-03-15' });
  await queue.keep(
    'own',
    made('a', { version: 3 }),
    { action: 'replace', body: bodyOf('Baker') },
    true,
  );
  server.replace.mockRejectedValueOnce(conflict(trashed));
  await queue.flush();
  expect(waiting.get('a')?.refusal?.code).toBe('trashed');
  server.replace.mockRejectedValueOnce(conflict(trashed));
  server.restore.mockResolvedValueOnce(made('a', { version: 5 }));
  server.replace.mockResolvedValueOnce(made('a', { version: 6 }));
  await queue.retry('a');
  await queue.flush();
  expect(server.restore).toHaveBeenCalledOnce();
  expect(server.replace.mock.lastCall?.[2].payee).toBe('Baker');
  expect(waiting.all).toEqual([]);
});

test('what is taken back before anybody has heard of it leaves no trace', async () => {
  queue.hold('a');
  const base = made('a', { version: 3 });
  await queue.keep('own', base, { action: 'delete' }, false);
  expect(waiting.get('a')?.expected.deleted_at).not.toBeNull();
  await queue.keep('own', base, { action: 'restore' }, false);
  expect(await entriesOf('ada')).toEqual([]);
  queue.release('a');
  expect(server.remove).not.toHaveBeenCalled();
});

test('discarding what may have arrived deletes it', async () => {
  await add('a');
  await queue.flush();
  await queue.discard('a');
  expect(waiting.get('a')?.action).toBe('delete');
  server.get.mockResolvedValue(made('a'));
  server.remove.mockResolvedValue(made('a', { version: 2, deleted_at: '2026-03-15' }));
  await queue.flush();
  expect(server.remove).toHaveBeenCalledOnce();
  expect(await entriesOf('ada')).toEqual([]);
});

test('what is edited while it is being created is an edit of the first version', async () => {
  const post = late<Expense>();
  server.create.mockReturnValue(post.promise);
  await add('a', 'Bakery');
  await vi.waitUntil(() => server.create.mock.calls.length > 0);
  await add('a', 'Baker');
  await vi.waitUntil(() => waiting.get('a')?.expected.payee === 'Baker');
  server.replace.mockImplementation((_, { id }) => Promise.resolve(made(id, { version: 2 })));
  post.answer(made('a'));
  await vi.waitUntil(() => server.replace.mock.calls.length > 0 || waiting.get('a')?.refusal);
  await queue.flush();
  expect(server.replace.mock.lastCall?.[1].version).toBe(1);
  expect(server.replace.mock.lastCall?.[2].payee).toBe('Baker');
  expect(waiting.all).toEqual([]);
});

test('what is deleted at the moment it arrives is deleted as it then stands', async () => {
  server.get.mockResolvedValue(made('a'));
  server.remove.mockResolvedValue(made('a', { version: 2, deleted_at: '2026-03-15' }));
  await queue.keep('own', made('a', { version: 0 }), { action: 'delete' }, false);
  await queue.flush();
  expect(server.remove.mock.lastCall?.[1].version).toBe(1);
  expect(waiting.all).toEqual([]);
});

test('an edit of what arrived without an answer leaves what somebody has changed there since', async () => {
  await add('a', 'Bakery');
  await queue.flush();
  const taken = new ApiProblem({ status: 409, code: 'id_taken', field: 'id' });
  server.create.mockRejectedValue(taken);
  server.get.mockResolvedValue(made('a', { version: 2, note: 'theirs' }));
  server.replace.mockImplementation((_, { id }) => Promise.resolve(made(id, { version: 3 })));
  await add('a', 'Baker');
  await queue.flush();
  expect(server.replace.mock.lastCall?.[2]).toMatchObject({ payee: 'Baker', note: 'theirs' });
  expect(waiting.all).toEqual([]);
});

test('what both have changed since it arrived without an answer is asked about', async () => {
  await add('a', 'Bakery');
  await queue.flush();
  const taken = new ApiProblem({ status: 409, code: 'id_taken', field: 'id' });
  server.create.mockRejectedValue(taken);
  server.get.mockResolvedValue(made('a', { version: 2, payee: 'Butcher' }));
  await add('a', 'Baker');
  await queue.flush();
  expect(server.replace).not.toHaveBeenCalled();
  const entry = waiting.get('a');
  expect(entry && stageOf(entry)).toBe('asking');
  expect(entry?.expected.payee).toBe('Baker');
  expect(entry?.current?.payee).toBe('Butcher');
});

test('nothing is overwritten where nobody knows what it began with', async () => {
  const taken = new ApiProblem({ status: 409, code: 'id_taken', field: 'id' });
  server.create.mockRejectedValue(taken);
  server.get.mockResolvedValue(made('a', { version: 2, note: 'theirs' }));
  await add('a', 'Baker');
  await vi.waitUntil(() => waiting.get('a')?.refusal);
  expect(server.replace).not.toHaveBeenCalled();
  expect(waiting.get('a')?.current?.note).toBe('theirs');
});

test('what is known of a ledger is enough to keep an edit where nothing answers', async () => {
  known.mockReturnValue(book);
  loadBook.mockReturnValue(new Promise<Book>(() => undefined));
  const base = made('a', { version: 3 });
  await queue.keep('own', base, { action: 'replace', body: bodyOf('Baker') }, true);
  expect((await entriesOf('ada')).map(({ id }) => id)).toEqual(['a']);
});

test('a ledger is not waited for without end before an edit is joined with another', async () => {
  const base = made('a', { version: 3 });
  await queue.keep('own', base, { action: 'replace', body: bodyOf('Baker') }, true);
  server.replace.mockRejectedValueOnce(conflict(made('a', { version: 5, note: 'theirs' })));
  server.replace.mockResolvedValueOnce(made('a', { version: 6 }));
  await queue.flush();
  expect(loadBook.mock.calls.every(([, signal]) => signal instanceof AbortSignal)).toBe(true);
});

test('what arrives while it is being edited is no collision with oneself', async () => {
  await add('a', 'Bakery');
  await queue.flush();
  const before = waiting.get('a');
  server.create.mockResolvedValueOnce(made('a'));
  await queue.flush();
  expect(waiting.all).toEqual([]);
  server.create.mockRejectedValue(new ApiProblem({ status: 409, code: 'id_taken', field: 'id' }));
  server.get.mockResolvedValue(made('a'));
  server.replace.mockImplementation((_, { id }) => Promise.resolve(made(id, { version: 2 })));
  const body = bodyOf('Baker');
  await queue.add(book, 'a', body, Promise.resolve(body), before);
  expect(server.replace.mock.lastCall?.[2].payee).toBe('Baker');
  expect(waiting.all).toEqual([]);
});

test('a discarded entry that has been deleted already comes back', async () => {
  await add('a');
  await queue.flush();
  const entry = waiting.get('a');
  await queue.discard('a');
  const gone = made('a', { version: 2, deleted_at: '2026-03-15' });
  server.get.mockResolvedValue(made('a'));
  server.remove.mockResolvedValue(gone);
  await queue.flush();
  server.create.mockResolvedValue(gone);
  server.restore.mockResolvedValue(made('a', { version: 3 }));
  if (entry) await queue.putBack(entry);
  await queue.flush();
  expect(server.restore.mock.lastCall?.[1].version).toBe(2);
  expect(waiting.all).toEqual([]);
});

test('what was deleted and has arrived under a version that is not known here is restored', async () => {
  server.get.mockResolvedValue(made('a', { version: 2, deleted_at: '2026-03-15' }));
  server.restore.mockResolvedValue(made('a', { version: 3 }));
  await queue.keep('own', made('a', { version: 0 }), { action: 'restore' }, false);
  await queue.flush();
  expect(server.restore.mock.lastCall?.[1].version).toBe(2);
  expect(waiting.all).toEqual([]);
});

test('what another tab leaves behind is sent by this one', async () => {
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('document', { addEventListener: () => undefined });
  const end = queue.begin();
  await queue.flush();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const other = new BroadcastChannel('outlay-outbox');
  const body = { ...bodyOf('Bakery'), id: 'a' };
  const whose = { id: 'a', user: 'ada', ledger_id: 'own', ledger_name: 'Own' };
  const deed = { action: 'create' as const, body, expected: made('a', { version: 0 }) };
  await changeEntry('ada', 'a', () => ({ ...whose, ...deed, at: 1, revision: 1 }));
  server.create.mockResolvedValue(made('a'));
  other.postMessage({ kind: 'changed' });
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  vi.runAllTimers();
  vi.useRealTimers();
  await vi.waitFor(() => expect(sentIds()).toEqual(['a']));
  await queue.flush();
  other.close();
  end();
  vi.unstubAllGlobals();
});

test('a server that says when to come again is not asked earlier, but by the user', async () => {
  server.create.mockRejectedValue(new ApiProblem({ status: 429, code: 'rate_limited' }, 30));
  await add('a');
  await queue.flush();
  expect(sending).toMatchObject({ stalled: true, busy: true });
  const before = server.create.mock.calls.length;
  await add('b');
  await queue.flush();
  expect(server.create).toHaveBeenCalledTimes(before);
  server.create.mockImplementation((_, { id }) => Promise.resolve(made(id ?? '')));
  queue.retryNow();
  await queue.flush();
  expect(sentIds().slice(before)).toEqual(['a', 'b']);
  expect(sending.stalled).toBe(false);
});

test('what passes within a second is not worth a word', async () => {
  server.create.mockRejectedValueOnce(new ApiProblem({ status: 503, code: 'unavailable' }, 1));
  await add('a');
  await vi.waitUntil(() => server.create.mock.calls.length > 0);
  await queue.flush();
  expect(sending.stalled).toBe(false);
});

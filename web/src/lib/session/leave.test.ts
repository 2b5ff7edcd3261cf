import 'fake-indexeddb/auto';
import { beforeEach, expect, test, vi } from 'vitest';
import { networkProblem } from '#lib/api/problem.ts';
import { changeEntry, clearEntries, entriesOf } from '#lib/outbox/shelf.ts';
import { sending, waiting, type Entry } from '#lib/outbox/waiting.svelte.ts';

const { session, goto } = vi.hoisted(() => ({
  session: { user: null as { id: string } | null, signOut: vi.fn<() => Promise<void>>() },
  goto: vi.fn<() => Promise<void>>(),
}));
vi.mock('./session.svelte.ts', () => ({ session }));
vi.mock('$app/navigation', () => ({ goto }));
vi.mock('$app/paths', () => ({ resolve: (path: string) => path }));
vi.mock('#lib/api/problem-text.ts', () => ({ problemText: String }));
vi.mock('#lib/ui/toasts.svelte.ts', () => ({ toasts: { show: () => undefined } }));

const { signOut } = await import('./leave.ts');

const entry = { id: 'a', user: 'ada', ledger_id: 'own', at: 1, revision: 1 } as Entry;

beforeEach(async () => {
  await clearEntries('ada');
  await changeEntry('ada', 'a', () => entry);
  waiting.all = [entry];
  session.user = { id: 'ada' };
  session.signOut.mockReset();
  goto.mockReset();
});

test('what is to be discarded stays where signing out gets no answer', async () => {
  session.signOut.mockRejectedValue(networkProblem());
  await signOut();
  sending.leaving?.(true);
  await vi.waitFor(() => expect(session.signOut).toHaveBeenCalled());
  await Promise.resolve();
  expect(await entriesOf('ada')).toEqual([entry]);
  expect(goto).not.toHaveBeenCalled();
});

test.each([
  ['discarded', true, []],
  ['kept', false, [entry]],
])('what waits is %s once one is signed out', async (_, discard, left) => {
  session.signOut.mockImplementation(() => {
    session.user = null;
    return Promise.resolve();
  });
  await signOut();
  sending.leaving?.(discard);
  await vi.waitFor(() => expect(goto).toHaveBeenCalled());
  expect(await entriesOf('ada')).toEqual(left);
});

import { beforeEach, expect, test, vi } from 'vitest';
import { ApiProblem } from '#lib/api/problem.ts';
import type { Expense } from './types.ts';

const { server, queue, toasts } = vi.hoisted(() => ({
  server: {
    remove: vi.fn<(ledger: string, base: Expense) => Promise<Expense>>(),
    restore: vi.fn<(ledger: string, base: Expense) => Promise<Expense>>(),
  },
  queue: { keep: vi.fn<(ledger: string, base: Expense) => Promise<Expense>>() },
  toasts: { show: vi.fn<(toast: { action?: { run: () => void } }) => void>() },
}));
vi.mock('./requests.ts', () => ({
  deleteExpense: server.remove,
  restoreExpense: server.restore,
}));
vi.mock('./list.svelte.ts', () => ({ publish: () => 0 }));
vi.mock('./pending.svelte.ts', () => ({
  pending: { while: (_: unknown, work: () => unknown) => work() },
}));
vi.mock('#lib/outbox/queue.ts', () => ({ queue }));
vi.mock('#lib/ui/toasts.svelte.ts', () => ({ toasts }));
vi.mock('#lib/api/problem-text.ts', () => ({ problemText: String }));

const { trash } = await import('./actions.ts');

const expense = (version: number, deleted_at: string | null = null) =>
  ({ id: 'a', payee: 'Bakery', version, deleted_at }) as Expense;
const undo = () => toasts.show.mock.lastCall?.[0].action?.run();

beforeEach(() => {
  for (const mock of [server.remove, server.restore, queue.keep, toasts.show]) mock.mockReset();
});

test('what was deleted without an answer can be brought back once it has arrived', async () => {
  server.remove.mockRejectedValue(new ApiProblem({ status: 0, code: 'network' }));
  queue.keep.mockResolvedValue(expense(3, '2026-03-15'));
  await trash('own', expense(3));
  const current = expense(4, '2026-03-15');
  server.restore.mockRejectedValueOnce(
    new ApiProblem({ status: 412, code: 'version_conflict', current: current as never }),
  );
  server.restore.mockResolvedValueOnce(expense(5));
  undo();
  await vi.waitFor(() => expect(toasts.show).toHaveBeenCalledTimes(2));
  expect(server.restore.mock.lastCall?.[1].version).toBe(4);
  expect(toasts.show.mock.lastCall?.[0]).not.toHaveProperty('tone', 'bad');
});

test('what has no version yet is left to what waits to be sent', async () => {
  queue.keep.mockResolvedValue(expense(0, '2026-03-15'));
  await trash('own', expense(0), true);
  expect(server.remove).not.toHaveBeenCalled();
  const asked = ['own', expense(0), { action: 'delete' }, false, undefined];
  expect(queue.keep).toHaveBeenCalledWith(...asked);
});

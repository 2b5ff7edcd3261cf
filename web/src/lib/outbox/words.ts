import { ApiProblem } from '#lib/api/problem.ts';
import { problemText } from '#lib/api/problem-text.ts';
import { formatDate } from '#lib/locale/dates.ts';
import { locale } from '#lib/locale/locale.svelte.ts';
import { formatMoney } from '#lib/money/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { stageOf, type Entry } from './waiting.svelte.ts';

/** The problem that an entry was refused with, as a form shows it; none where it lies in no field. */
export function problemOf(entry: Entry): ApiProblem | undefined {
  const { refusal } = entry;
  return refusal && stageOf(entry) === 'refused' ? new ApiProblem(refusal) : undefined;
}

/** Whether its ledger takes nothing from the user any more. */
export function isShutOut({ refusal }: Entry): boolean {
  if (!refusal) return false;
  const { code, field } = refusal;
  return code === 'not_found' || code === 'forbidden' || (code === 'archived' && !field);
}

/** Where an entry stands, and what can be done about it. */
export function reasonOf(entry: Entry): string {
  const { refusal } = entry;
  if (!refusal) return m.expenses_waiting();
  if (stageOf(entry) === 'asking') return m.outbox_reason_asking();
  if (refusal.code === 'not_found') return m.outbox_reason_gone();
  if (refusal.code === 'forbidden') return m.outbox_reason_forbidden();
  if (refusal.code === 'trashed') return m.outbox_reason_trashed();
  if (refusal.code === 'version_conflict') return m.outbox_reason_changed();
  if (isShutOut(entry)) return m.outbox_reason_archived();
  return m.outbox_reason_edit({ why: problemText(new ApiProblem(refusal)) });
}

/** What trying again means. */
export function retryText({ refusal }: Entry): string {
  if (refusal?.code === 'trashed') return m.outbox_retry_trashed();
  if (refusal?.code === 'version_conflict') return m.outbox_retry_delete();
  return m.outbox_retry();
}

export function deedName({ action }: Entry): string {
  const names: Record<Entry['action'], () => string> = {
    create: m.outbox_create,
    replace: m.outbox_replace,
    delete: m.outbox_delete,
    restore: m.outbox_restore,
  };
  return names[action]();
}

/** Amount and payee: how people recognise it. */
export function titleOf({ expected: { amount, currency, payee } }: Entry): string {
  return `${formatMoney(amount, currency, { locale: locale.tag })} · ${payee}`;
}

/** All that was typed, in lines, to be kept elsewhere. */
export function asText(entry: Entry): string {
  const { spent_on, note, tags } = entry.expected;
  const lines = [
    titleOf(entry),
    `${formatDate(spent_on)} · ${entry.ledger_name}`,
    tags.map((tag) => `#${tag}`).join(' '),
    note,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

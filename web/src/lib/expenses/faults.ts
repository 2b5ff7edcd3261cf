import { fieldError, formError } from '#lib/api/problem-text.ts';
import { m } from '#lib/paraglide/messages.js';
import type { DraftField, Faults } from './draft.ts';

const fields: DraftField[] = [
  'amount',
  'rate',
  'payee',
  'category_id',
  'tags',
  'spent_on',
  'note',
  'paid_by',
  'split',
];

/** What is wrong with one field: found here, or told by the server. */
export function fieldText(faults: Faults, problem: unknown, field: DraftField): string | undefined {
  const fault = faults[field];
  if (fault === undefined) return fieldError(problem, field);
  const texts: Record<typeof fault, () => string> = {
    empty: m.problem_missing_field,
    syntax: m.expenses_amount_syntax,
    too_many_decimals: m.expenses_amount_decimals,
    out_of_range: m.problem_amount_out_of_range,
    division_by_zero: m.expenses_amount_division,
    zero: m.problem_amount_zero,
    rate: m.problem_rate_required,
    nobody: m.sharing_nobody,
    value: m.sharing_value_fault,
    sum: m.problem_split_does_not_add_up,
    self: m.sharing_self,
  };
  return texts[fault]();
}

/** What is wrong beyond the fields of the form. */
export function formText(problem: unknown): string | undefined {
  return formError(problem, fields);
}

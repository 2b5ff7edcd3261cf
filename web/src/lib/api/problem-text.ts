import { locale } from '#lib/locale/locale.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { ApiProblem } from './problem.ts';

/** What went wrong, for people: by the stable code, never by the server's own English. */
export function problemText(cause: unknown): string {
  if (!(cause instanceof ApiProblem)) return m.problem_unknown();
  const text = texts[cause.code];
  if (text) return text(cause);
  return cause.requestId ? m.problem_internal({ id: cause.requestId }) : m.problem_unknown();
}

/** The text for one field of a form, if that is where the problem lies. */
export function fieldError(cause: unknown, field: string): string | undefined {
  if (!(cause instanceof ApiProblem) || cause.field === undefined) return undefined;
  const at =
    cause.field === field ||
    cause.field.startsWith(`${field}.`) ||
    cause.field.startsWith(`${field}[`);
  return at ? problemText(cause) : undefined;
}

/** The text above a form: the problem, unless one of the named fields shows it already. */
export function formError(cause: unknown, fields: readonly string[]): string | undefined {
  if (cause === undefined || fields.some((field) => fieldError(cause, field))) return undefined;
  return problemText(cause);
}

/** A time to wait, in the unit that people would say it in. */
function waitText(seconds: number): string {
  const [unit, count] = seconds < 100 ? ['second', seconds] : ['minute', Math.ceil(seconds / 60)];
  return new Intl.NumberFormat(locale.tag, { style: 'unit', unit, unitDisplay: 'long' }).format(
    count,
  );
}

const texts: Record<string, (problem: ApiProblem) => string> = {
  network: () => m.problem_network(),
  timeout: () => m.problem_timeout(),
  unavailable: () => m.problem_unavailable(),
  not_found: () => m.problem_not_found(),
  forbidden: () => m.problem_forbidden(),
  unauthenticated: () => m.problem_unauthenticated(),
  invalid_credentials: () => m.problem_invalid_credentials(),
  refresh_invalid: () => m.problem_unauthenticated(),
  registration_closed: () => m.problem_registration_closed(),
  email_invalid: () => m.problem_email_invalid(),
  email_taken: () => m.problem_email_taken(),
  password_too_short: () => m.problem_password_too_short(),
  password_too_long: () => m.problem_password_too_long(),
  password_too_common: () => m.problem_password_too_common(),
  password_wrong: () => m.problem_password_wrong(),
  rate_limited: ({ retryAfter }) => m.problem_rate_limited({ wait: waitText(retryAfter ?? 60) }),
  version_conflict: () => m.problem_version_conflict(),
  revert_conflict: () => m.problem_revert_conflict(),
  name_taken: () => m.problem_name_taken(),
  id_taken: () => m.problem_id_taken(),
  category_in_use: () => m.problem_category_in_use(),
  category_unknown: () => m.problem_category_unknown(),
  member_unknown: () => m.problem_member_unknown(),
  category_not_root: () => m.problem_category_not_root(),
  too_deep: () => m.problem_too_deep(),
  archived: () => m.problem_archived(),
  missing_field: () => m.problem_missing_field(),
  invalid_value: () => m.problem_invalid_value(),
  wrong_type: () => m.problem_invalid_value(),
  amount_zero: () => m.problem_amount_zero(),
  amount_out_of_range: () => m.problem_amount_out_of_range(),
  currency_unknown: () => m.problem_currency_unknown(),
  rate_required: () => m.problem_rate_required(),
  rate_invalid: () => m.problem_rate_invalid(),
  date_invalid: () => m.problem_date_invalid(),
  date_out_of_range: () => m.problem_date_out_of_range(),
  text_too_long: () => m.problem_text_too_long(),
  text_empty: () => m.problem_text_empty(),
  text_control_characters: () => m.problem_text_control_characters(),
  split_does_not_add_up: () => m.problem_split_does_not_add_up(),
  split_invalid: () => m.problem_split_invalid(),
  body_too_large: () => m.problem_body_too_large(),
};

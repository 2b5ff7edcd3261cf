import { formatDate } from '#lib/locale/dates.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Preset, Span } from './range.ts';

/** A named range in the user's language. */
export function presetName(preset: Preset): string {
  const names = {
    month: m.ui_range_this_month,
    'last-month': m.ui_range_last_month,
    quarter: m.reports_this_quarter,
    year: m.ui_range_this_year,
    'last-year': m.ui_range_last_year,
    '12-months': m.ui_range_12_months,
  };
  return names[preset]();
}

/** The days of a range in the user's language. */
export function spanName({ from, to }: Span): string {
  return from === to ? formatDate(from) : `${formatDate(from)} – ${formatDate(to)}`;
}

import type { Bar } from '#lib/charts/BarChart.svelte';
import type { Segment } from '#lib/charts/types.ts';
import { formatDate, formatMonth } from '#lib/locale/dates.ts';
import type { SpendingRow } from './ask.ts';
import { daysOf, grainOf, stepIn, stepsOf, type Grain, type Span } from './range.ts';
import { distinctColors, type Row } from './rows.ts';

interface Source {
  span: Span;
  rows: readonly SpendingRow[];
  before: { span: Span; rows: readonly SpendingRow[] } | undefined;
  /** The rows by category, the largest first. */
  categories: readonly Row[];
  /** How what is not among the largest is called. */
  others: string;
  now: string;
  href: (days: Span) => string;
}

/** As many categories are told apart within a bar. */
const told = 5;

/** A range as bars over time, made of its largest categories; the n-th step stands before the n-th of the other range. */
export function barsOf({ span, rows, before, categories, others, now, href }: Source): Bar[] {
  const grain = grainOf(span);
  const steps = stepsOf(span, grain);
  const earlier = before ? stepsOf(before.span, grain) : [];
  const values = valuesBy(rows, grain);
  const beforeValues = valuesBy(before?.rows ?? [], grain);
  const parts = partsOf(categories, others);
  return steps.map((step, index) => {
    const ago = earlier[index];
    return {
      key: step,
      label: shortName(step, grain),
      title: longName(step, grain),
      href: href(daysOf(step, span)),
      value: total(values.get(step)),
      segments: parts(values.get(step) ?? new Map<string, number>()),
      open: grain !== 'day' && daysOf(step, span).to > now,
      ...(ago === undefined
        ? {}
        : { compare: total(beforeValues.get(ago)), compareTitle: longName(ago, grain) }),
    };
  });
}

/** The categories that are told apart in the bars, with their colours, for a legend. */
export function legendOf(
  categories: readonly Row[],
  others: string,
): { label: string; color: string }[] {
  const largest = largestOf(categories);
  const colors = distinctColors(largest);
  const legend = largest.map(({ key, label }) => ({ label, color: colors.get(key) ?? '' }));
  return categories.length > largest.length
    ? [...legend, { label: others, color: otherColor }]
    : legend;
}

const otherColor = 'var(--rule-strong)';

function largestOf(categories: readonly Row[]): readonly Row[] {
  const spent = categories.filter(({ total }) => total !== 0);
  return spent.length <= told + 1 ? spent : spent.slice(0, told);
}

/** Gathers what each category has in a step into the parts of its bar. */
function partsOf(categories: readonly Row[], others: string) {
  const largest = largestOf(categories);
  const colors = distinctColors(largest);
  const rootOf = new Map(
    largest.flatMap((root) => [root, ...root.children].map(({ key }) => [key, root.key])),
  );
  return (values: ReadonlyMap<string, number>): Segment[] => {
    const sums = new Map<string | undefined, number>();
    for (const [category, value] of values) {
      const root = rootOf.get(category);
      sums.set(root, (sums.get(root) ?? 0) + value);
    }
    const segments = largest.map(({ key, label }) => ({
      key,
      label,
      value: sums.get(key) ?? 0,
      color: colors.get(key) ?? otherColor,
    }));
    const rest = sums.get(undefined) ?? 0;
    return rest === 0
      ? segments
      : [...segments, { key: 'others', label: others, value: rest, color: otherColor }];
  };
}

/** What each category has in each step. */
function valuesBy(rows: readonly SpendingRow[], grain: Grain): Map<string, Map<string, number>> {
  const values = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const step = stepIn(row.day ?? row.month ?? '', grain);
    const inStep = values.get(step) ?? new Map<string, number>();
    const category = row.category_id ?? '';
    values.set(step, inStep.set(category, (inStep.get(category) ?? 0) + row.total));
  }
  return values;
}

function total(values: ReadonlyMap<string, number> | undefined): number {
  return [...(values?.values() ?? [])].reduce((sum, value) => sum + value, 0);
}

function shortName(step: string, grain: Grain): string {
  if (grain === 'day') return String(Number(step.slice(8)));
  return grain === 'month' ? formatMonth(step, 'short').replace('.', '') : step;
}

function longName(step: string, grain: Grain): string {
  if (grain === 'day') return formatDate(step, 'weekday');
  return grain === 'month' ? formatMonth(step) : step;
}

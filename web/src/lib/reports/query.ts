import { isId } from '#lib/api/id.ts';
import { ledgerHref } from '#lib/ledgers/address.ts';
import {
  compared,
  isSpan,
  presets,
  spanOf,
  type CompareMode,
  type Preset,
  type Span,
} from './range.ts';

export type ReportKind = 'expense' | 'income';
export type Shape = 'bars' | 'treemap';

/** What a report is asked for by; all of it stands in the address. */
export interface ReportQuery {
  span: Span;
  preset: Preset | undefined;
  kind: ReportKind;
  compare: CompareMode | 'none';
  /** A category with its children, or `none` for what has no category. */
  category: string | undefined;
  tag: string | undefined;
  shape: Shape;
}

const defaultPreset: Preset = '12-months';

/** Reads an address; what it does not say, or says wrongly, is as by default. */
export function readQuery(params: URLSearchParams, now: string): ReportQuery {
  const given = { from: params.get('from') ?? '', to: params.get('to') ?? '' };
  const custom = isSpan(given) ? given : undefined;
  const preset = custom
    ? undefined
    : (presets.find((name) => name === params.get('range')) ?? defaultPreset);
  const compare = params.get('compare');
  const category = params.get('category_id');
  return {
    span: custom ?? spanOf(preset ?? defaultPreset, now),
    preset,
    kind: params.get('kind') === 'income' ? 'income' : 'expense',
    compare: compare === 'none' || compare === 'year' ? compare : 'previous',
    category: category === 'none' || (category && isId(category)) ? category : undefined,
    tag: params.get('tag')?.trim().slice(0, 50) || undefined,
    shape: params.get('shape') === 'treemap' ? 'treemap' : 'bars',
  };
}

/** Whether it is about a category that is not in the ledger any more: merged into another, or deleted. */
export function isGone({ category }: ReportQuery, categories: readonly { id: string }[]): boolean {
  return (
    category !== undefined && category !== 'none' && !categories.some(({ id }) => id === category)
  );
}

/** The address of a report. */
export function reportHref(query: ReportQuery): string {
  const range: Record<string, string | undefined> = query.preset
    ? { range: query.preset === defaultPreset ? undefined : query.preset }
    : { ...query.span };
  return address('reports', {
    ...range,
    kind: query.kind === 'income' ? 'income' : undefined,
    compare: query.compare === 'previous' ? undefined : query.compare,
    category_id: query.category,
    tag: query.tag,
    shape: query.shape === 'treemap' ? 'treemap' : undefined,
  });
}

/** The address of the report on this month. */
export function monthReportHref(): string {
  return address('reports', { range: 'month' });
}

export interface ListFilter {
  from?: string | undefined;
  to?: string | undefined;
  kind?: ReportKind | undefined;
  category_id?: string | undefined;
  tag?: string | undefined;
  q?: string | undefined;
  sort?: '-amount';
}

/** The address of the list of the expenses behind a figure. */
export function expensesHref(filter: ListFilter): string {
  return address('expenses', { ...filter });
}

/** The range to compare with, if one is wanted and there can be one. */
export function comparedSpan(query: ReportQuery, now: string): Span | undefined {
  if (query.compare === 'none') return undefined;
  const span = compared(query.span, query.compare, now);
  return isSpan(span) ? span : undefined;
}

function address(page: 'reports' | 'expenses', params: Record<string, string | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) search.set(name, value);
  }
  const text = search.toString();
  return text ? `${ledgerHref(page)}?${text}` : ledgerHref(page);
}

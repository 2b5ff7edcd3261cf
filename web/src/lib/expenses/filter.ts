import { isId } from '#lib/api/id.ts';
import { isDay } from '#lib/locale/dates.ts';
import type { Book } from './book.ts';
import type { Category, Expense, Kind, ListQuery, Sort } from './types.ts';

/** The filters of the list, by the names that they have in the address and in the API. */
export type Filter = Pick<
  ListQuery,
  'from' | 'to' | 'category_id' | 'tag' | 'member_id' | 'kind' | 'min' | 'max' | 'q' | 'deleted'
> & { sort: Sort };

export const sorts: readonly Sort[] = ['-spent_on', 'spent_on', '-amount', 'amount', '-updated_at'];
const kinds: readonly Kind[] = ['expense', 'income', 'settlement'];

/** Reads the filters from an address; what makes no sense there is left out. */
export function readFilter(params: URLSearchParams): Filter {
  const text = (name: string) => params.get(name)?.trim() || undefined;
  const which = (name: string, fits: (value: string) => boolean) => {
    const value = text(name);
    return value !== undefined && fits(value) ? value : undefined;
  };
  const number = (name: string) => {
    const value = which(name, (text) => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)));
    return value === undefined ? undefined : Number(value);
  };
  const sort = text('sort');
  const kind = text('kind');
  return without({
    from: which('from', isDay),
    to: which('to', isDay),
    category_id: which('category_id', (value) => value === 'none' || isId(value)),
    tag: text('tag')?.slice(0, 50),
    member_id: which('member_id', isId),
    kind: kinds.find((known) => known === kind),
    min: number('min'),
    max: number('max'),
    q: text('q')?.slice(0, 200),
    deleted: text('deleted') === 'true' ? true : undefined,
    sort: sorts.find((known) => known === sort) ?? '-spent_on',
  });
}

/** The address of the list with these filters, from `?` on; empty without any. */
export function writeFilter(filter: Filter): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (name !== 'sort' || value !== '-spent_on') params.set(name, String(value));
  }
  const query = params.toString();
  return query && `?${query}`;
}

/** Changes some of the filters; what is set to undefined goes away. */
export function withFilter(
  filter: Filter,
  change: { [Name in keyof Filter]?: Filter[Name] | undefined },
): Filter {
  return without({ ...filter, ...change, sort: change.sort ?? filter.sort });
}

/** How many filters are in force; the order is none. */
export function countFilters(filter: Filter): number {
  return Object.keys(filter).length - 1;
}

/** The filters by what is not in the ledger any more, such as a category that has been merged: no expense fits them. */
export function goneFilters(filter: Filter, book: Pick<Book, 'categories' | 'members'>) {
  const gone = (items: readonly { id: string }[], id: string | undefined) =>
    id !== undefined && id !== 'none' && !items.some((item) => item.id === id);
  return [
    ...(gone(book.categories, filter.category_id) ? (['category_id'] as const) : []),
    ...(gone(book.members, filter.member_id) ? (['member_id'] as const) : []),
  ];
}

/** Whether an expense would be in the list: the server's filters once more, for what it has not answered yet. */
export function matches(
  expense: Expense,
  filter: Filter,
  categories: readonly Category[],
): boolean {
  const { from, to, tag, member_id, kind, min, max, q, deleted = false } = filter;
  const has = (text: string) => text.toLowerCase().includes((q ?? '').toLowerCase());
  return (
    (expense.deleted_at !== null) === deleted &&
    (from === undefined || expense.spent_on >= from) &&
    (to === undefined || expense.spent_on <= to) &&
    (kind === undefined || expense.kind === kind) &&
    (min === undefined || expense.ledger_amount >= min) &&
    (max === undefined || expense.ledger_amount <= max) &&
    (tag === undefined || expense.tags.some((own) => own.toLowerCase() === tag.toLowerCase())) &&
    (member_id === undefined || expense.shares.some((share) => share.member_id === member_id)) &&
    (q === undefined || has(expense.payee) || has(expense.note)) &&
    inCategory(expense, filter.category_id, categories)
  );
}

function inCategory(
  { category_id }: Expense,
  wanted: string | undefined,
  categories: readonly Category[],
): boolean {
  if (wanted === undefined) return true;
  if (wanted === 'none') return category_id === null;
  if (category_id === wanted) return true;
  return categories.find((category) => category.id === category_id)?.parent_id === wanted;
}

/** The order of the list, as the server keeps it: what is equal goes by id. */
export function comparator(sort: Sort): (a: Expense, b: Expense) => number {
  const down = sort.startsWith('-') ? -1 : 1;
  const key = (expense: Expense) =>
    sort.endsWith('amount')
      ? expense.ledger_amount
      : sort.endsWith('spent_on')
        ? expense.spent_on
        : Date.parse(expense.updated_at);
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x !== y) return x < y ? -down : down;
    return a.id === b.id ? 0 : a.id < b.id ? -down : down;
  };
}

function without<T extends object>(filter: { [Name in keyof T]: T[Name] | undefined }): T {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as T;
}

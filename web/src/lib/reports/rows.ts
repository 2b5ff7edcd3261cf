import type { Category } from './ask.ts';
import { sumBy, type Sum } from './sums.ts';
import type { SpendingRow } from './ask.ts';

/** One line of a report's table. */
export interface Row extends Sum {
  key: string;
  label: string;
  icon: string | null | undefined;
  color: string;
  href: string | undefined;
  children: Row[];
}

/** What has no category, payee or tag is grey. */
export const noColor = 'var(--ink-3)';

const noKey = '';

interface Wording {
  /** What has no category. */
  none: string;
  /** What is in a category itself and in none of its children. */
  itself: (name: string) => string;
  href: (categoryId: string) => string | undefined;
}

/**
 * The categories of a report, each with its children in it, the largest first. Below `within`, a category's children
 * stand for themselves.
 */
export function categoryRows(
  rows: readonly SpendingRow[],
  before: readonly SpendingRow[] | undefined,
  categories: readonly Category[],
  wording: Wording,
  within?: string,
): Row[] {
  const byId = new Map(categories.map((category) => [category.id, category]));
  const sums = sumBy(rows, before, (row) => row.category_id ?? noKey);
  const line = (id: string): Row => {
    const category = byId.get(id);
    const sum = sums.get(id) ?? { total: 0, count: 0, before: before ? 0 : undefined };
    return {
      ...sum,
      key: id,
      label: category?.name ?? wording.none,
      icon: category?.icon,
      color: category?.color ?? noColor,
      href: wording.href(id || 'none'),
      children: [],
    };
  };
  const roots = new Map<string, Row>();
  for (const id of sums.keys()) {
    const parent = byId.get(id)?.parent_id ?? id;
    const root = parent === within ? id : parent;
    if (!roots.has(root)) roots.set(root, line(root));
    if (root !== id) roots.get(root)?.children.push(line(id));
  }
  return [...roots.values()].map((root) => gathered(root, wording)).sort(largestFirst);
}

/** A category with what its children have; what it has itself becomes a line among them. */
function gathered(root: Row, { itself }: Wording): Row {
  if (root.children.length === 0) return root;
  const own =
    root.count === 0 && !root.before
      ? []
      : [
          {
            ...root,
            key: `${root.key}/`,
            label: itself(root.label),
            href: undefined,
            children: [],
          },
        ];
  const children = [...root.children, ...own].sort(largestFirst);
  return {
    ...root,
    children,
    total: added(children, ({ total }) => total),
    count: added(children, ({ count }) => count),
    before: root.before === undefined ? undefined : added(children, ({ before }) => before ?? 0),
  };
}

/** The payees or tags of a report, the largest first. */
export function nameRows(
  rows: readonly SpendingRow[],
  before: readonly SpendingRow[] | undefined,
  key: 'payee' | 'tag',
  none: string,
  href: (name: string) => string | undefined,
): Row[] {
  const sums = sumBy(rows, before, (row) => row[key] ?? noKey);
  return [...sums]
    .map(([name, sum]) => ({
      ...sum,
      key: name,
      label: name || none,
      icon: undefined,
      color: name ? 'var(--chart-1)' : noColor,
      href: name ? href(name) : undefined,
      children: [],
    }))
    .sort(largestFirst);
}

function largestFirst(a: Row, b: Row): number {
  return b.total - a.total || a.label.localeCompare(b.label);
}

function added<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** Colours for a picture: a row keeps its own, unless another one before it has the same. */
export function distinctColors(rows: readonly Row[]): Map<string, string> {
  const taken = new Set<string>();
  const spare = ['2', '3', '4', '5', '6', '7', '1'].map((number) => `var(--chart-${number})`);
  const colors = new Map<string, string>();
  for (const { key, color } of rows) {
    const free = taken.has(color) ? (spare.find((one) => !taken.has(one)) ?? color) : color;
    taken.add(free);
    colors.set(key, free);
  }
  return colors;
}

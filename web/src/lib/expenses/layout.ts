// Where the rows of a list of any length stand, without any of them being drawn: each height is known beforehand.

export interface Heights {
  row: number;
  /** Of the heading above each day; 0 without headings. */
  day: number;
}

/** Rows that follow each other below one heading. */
export interface Group {
  date: string;
  /** The first row, and the one behind the last. */
  first: number;
  end: number;
  /** Where the heading begins, in pixels from the top of the list. */
  top: number;
}

export interface Layout {
  groups: readonly Group[];
  heights: Heights;
  height: number;
}

/** Lays the rows out, one group for each run of the same date, or a single one without headings. */
export function layOut(rows: readonly { spent_on: string }[], heights: Heights): Layout {
  const groups: Group[] = [];
  let top = 0;
  for (let first = 0; first < rows.length;) {
    const date = rows[first]?.spent_on ?? '';
    let end = heights.day === 0 ? rows.length : first + 1;
    while (end < rows.length && rows[end]?.spent_on === date) end += 1;
    groups.push({ date, first, end, top });
    top += heights.day + (end - first) * heights.row;
    first = end;
  }
  return { groups, heights, height: top };
}

/** The groups and the rows that lie at least partly between two heights. */
export function visible(layout: Layout, from: number, to: number) {
  const { groups, heights } = layout;
  const shown: { group: Group; first: number; end: number }[] = [];
  for (let at = groupAt(groups, from); at < groups.length; at += 1) {
    const group = groups[at];
    if (!group || group.top >= to) break;
    const rows = group.top + heights.day;
    const first = group.first + Math.max(0, Math.floor((from - rows) / heights.row));
    const end = Math.min(group.end, group.first + Math.ceil((to - rows) / heights.row));
    if (first < group.end) shown.push({ group, first, end: Math.max(first, end) });
  }
  return shown;
}

/** Where a row begins. */
export function topOf(layout: Layout, row: number): number {
  const { groups, heights } = layout;
  let [low, high] = [0, groups.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((groups[middle]?.first ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  const group = groups[low];
  return group ? group.top + heights.day + (row - group.first) * heights.row : 0;
}

/** The last group that begins at or above a height. */
function groupAt(groups: readonly Group[], y: number): number {
  let [low, high] = [0, groups.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((groups[middle]?.top ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One part of a bar. */
export interface Segment {
  key: string;
  label: string;
  /** In minor units; a refund is negative. */
  value: number;
  /** Any CSS colour; it is brought to a visible lightness when drawn. */
  color: string;
}

/** One step on the axis of time. */
export interface Column {
  key: string;
  /** Stands below the axis, if there is room. */
  label: string;
  /** The whole name, as in a heading. */
  title: string;
  /** Where a click leads. */
  href: string;
  value: number;
  /** The value that it is compared with. */
  compare?: number | undefined;
  /** What the compared step is called. */
  compareTitle?: string | undefined;
}

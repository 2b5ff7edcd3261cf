import { nice, ticks } from 'd3-array';

export interface Axis {
  min: number;
  max: number;
  /** From the lowest to the highest, round in minor units. */
  ticks: number[];
}

/** A linear axis that begins at zero, or below it where a value is negative, and ends at a round number. */
export function axisOf(values: readonly number[], steps = 4): Axis {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  if (low === high) return { min: 0, max: 1, ticks: [0] };
  const [niceMin, max] = nice(low, high, steps);
  // a few refunds below zero need room, not a whole step of the axis
  const min = -low < high / 10 ? low * 1.25 : niceMin;
  return { min, max, ticks: ticks(min, max, steps) };
}

/** How far up the axis a value lies, in per cent of its length. */
export function percent(axis: Axis, value: number): number {
  return ((value - axis.min) / (axis.max - axis.min)) * 100;
}

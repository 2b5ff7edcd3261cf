import { maxAmount } from './parse.ts';

export type SplitMode = 'equal' | 'shares' | 'percent' | 'exact' | 'adjusted';

/** How an expense is split, among whom. */
export interface Split {
  mode: SplitMode;
  /** `value` is a weight, hundredths of a per cent, or minor units of the expense's currency: as the mode has it. */
  parts: readonly { member_id: string; value?: number | null }[];
}

export interface Share {
  member_id: string;
  /** In minor units. */
  share: number;
}

/** Why a split cannot be carried out; the codes are those of the server's `money` crate. */
export type SplitError =
  | { error: 'percent_sum'; sum: number }
  | { error: 'exact_sum'; sum: number; total: number }
  | {
      error: 'duplicate_member' | 'value_missing' | 'value_unexpected' | 'negative_weight';
      index: number;
    }
  | { error: 'empty' | 'all_weights_zero' | 'out_of_range'; index?: number };

export type Shares = { shares: Share[]; error?: never } | (SplitError & { shares?: never });

class Refusal extends Error {
  readonly reason: SplitError;

  constructor(reason: SplitError) {
    super(reason.error);
    this.reason = reason;
  }
}

/**
 * What everybody owes, in the order of the parts. The twin of money/src/split.rs, which tells the rule;
 * vectors/splits.json pins both. `seed` is the expense's id.
 */
export function owed(
  split: Split,
  totalLedger: number,
  totalOriginal: number,
  seed: string,
): Shares {
  const members = split.parts.map((part) => part.member_id);
  return attempt(() => {
    const lots = drawLots(members, seed);
    return handOut(totalLedger, members, weights(split, totalOriginal), lots);
  });
}

/** Who of them gets one of the units that are left over when everybody has the whole part of their share. */
export function oddUnits(
  split: Split,
  totalLedger: number,
  totalOriginal: number,
  seed: string,
): string[] {
  const members = split.parts.map((part) => part.member_id);
  try {
    const dealt = deal(totalLedger, weights(split, totalOriginal), drawLots(members, seed));
    return members.filter((_, index) => dealt[index]?.odd);
  } catch (cause) {
    if (cause instanceof Refusal) return [];
    throw cause;
  }
}

/** Hands out a total by weights, to the last unit, in the order of the weights. */
export function allocate(
  total: number,
  by: readonly { member_id: string; weight: number }[],
  seed: string,
): Shares {
  const members = by.map((part) => part.member_id);
  return attempt(() => {
    const lots = drawLots(members, seed);
    return handOut(
      total,
      members,
      by.map((part) => BigInt(part.weight)),
      lots,
    );
  });
}

function attempt(work: () => Share[]): Shares {
  try {
    return { shares: work() };
  } catch (cause) {
    if (cause instanceof Refusal) return cause.reason;
    throw cause;
  }
}

/** The weights that make the split a case of the one rule. */
function weights({ mode, parts }: Split, total: number): bigint[] {
  const values = parts.map((part, index) => valueOf(mode, part.value ?? undefined, index));
  const sum = values.reduce((all, value) => all + value, 0n);
  if (mode === 'percent' && sum !== 10_000n)
    throw new Refusal({ error: 'percent_sum', sum: Number(sum) });
  if (mode === 'exact' && sum !== BigInt(total)) {
    throw new Refusal({ error: 'exact_sum', sum: Number(sum), total });
  }
  if (mode === 'equal') return values.map(() => 1n);
  if (mode !== 'adjusted') return values;
  // (total − sum)/n + value is total · w/(n · total) with these whole weights, so that only the rule rounds
  const rest = BigInt(total) - sum;
  return values.map((value) => rest + BigInt(parts.length) * value);
}

function valueOf(mode: SplitMode, value: number | undefined, index: number): bigint {
  if (mode === 'equal' && value !== undefined)
    throw new Refusal({ error: 'value_unexpected', index });
  if (value === undefined) {
    if (mode === 'equal' || mode === 'adjusted') return 0n;
    throw new Refusal({ error: 'value_missing', index });
  }
  if (Math.abs(value) > maxAmount) throw new Refusal({ error: 'out_of_range', index });
  if (value < 0 && (mode === 'shares' || mode === 'percent')) {
    throw new Refusal({ error: 'negative_weight', index });
  }
  return BigInt(value);
}

function handOut(total: number, members: string[], by: bigint[], lots: number[]): Share[] {
  return deal(total, by, lots).map(({ share }, index) => {
    if (share > BigInt(maxAmount) || share < -BigInt(maxAmount))
      throw new Refusal({ error: 'out_of_range', index });
    // adding zero turns −0 into 0
    return { member_id: members[index] ?? '', share: Number(share) * Math.sign(total) + 0 };
  });
}

/** The rule, for the total without its sign: largest remainders first, and between equal ones the lowest lots. */
function deal(total: number, by: bigint[], lots: number[]): { share: bigint; odd: boolean }[] {
  if (Math.abs(total) > maxAmount) throw new Refusal({ error: 'out_of_range' });
  const sum = by.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n) throw new Refusal({ error: 'all_weights_zero' });
  const divisor = sum < 0n ? -sum : sum;
  const factor = BigInt(Math.abs(total)) * (sum < 0n ? -1n : 1n);

  const exact = by.map((weight, index) => {
    const product = weight * factor;
    const remainder = ((product % divisor) + divisor) % divisor;
    return { share: (product - remainder) / divisor, odd: false, remainder, lot: lots[index] ?? 0 };
  });
  const given = exact.reduce((all, { share }) => all + share, 0n);
  const queue = exact.toSorted((a, b) => compare(b.remainder, a.remainder) || a.lot - b.lot);
  for (const entry of queue.slice(0, Number(BigInt(Math.abs(total)) - given))) {
    entry.share += 1n;
    entry.odd = true;
  }
  return exact;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** Everybody's lot, in the order of the members; the lower it is, the earlier they get an odd unit. */
function drawLots(members: string[], seed: string): number[] {
  const duplicate = members.findIndex((member, index) => members.indexOf(member) < index);
  if (duplicate >= 0) throw new Refusal({ error: 'duplicate_member', index: duplicate });
  if (members.length === 0) throw new Refusal({ error: 'empty' });
  const sorted = members.toSorted((a, b) => (a < b ? -1 : 1));
  const hash = fnv1a(new TextEncoder().encode(seed));
  return members.map((member) => mix(hash ^ sorted.indexOf(member)));
}

function fnv1a(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5);
}

/** The finaliser of MurmurHash3, as an unsigned number of 32 bits. */
function mix(start: number): number {
  let hash = start ^ (start >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

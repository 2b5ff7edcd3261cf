import { currencyDecimals } from './currency.ts';
import { Ratio } from './ratio.ts';

/** The largest amount in minor units; the smallest is its negative. */
export const maxAmount = Number.MAX_SAFE_INTEGER;

/** The longest text that is read, in characters. */
export const maxChars = 200;

/** Why a text is not an amount; the codes are those of the server's `money` crate. */
export type AmountError =
  'empty' | 'syntax' | 'too_many_decimals' | 'out_of_range' | 'division_by_zero';

/** Minor units, or what is wrong; `at` counts the characters before the place where the text makes no sense. */
export type ParsedAmount =
  { amount: number; error?: never } | { error: AmountError; at?: number; amount?: never };

/**
 * Reads an amount as people write it (`1.234,50`, `12.5`), or an expression of amounts (`12.50+3*2`), and gives its
 * value in minor units. The twin of money/src/amount/expression.rs, which tells the rules; vectors/amounts.json pins both.
 */
export function parseAmount(text: string, currency: string): ParsedAmount {
  const decimals = currencyDecimals(currency);
  try {
    return { amount: new Reader(text, decimals).read() };
  } catch (cause) {
    if (cause instanceof Refusal)
      return cause.at === undefined ? { error: cause.code } : { error: cause.code, at: cause.at };
    throw cause;
  }
}

class Refusal extends Error {
  readonly code: AmountError;
  readonly at: number | undefined;

  constructor(code: AmountError, at?: number) {
    super(code);
    this.code = code;
    this.at = at;
  }
}

function inRange(value: Ratio | undefined): Ratio {
  if (!value) throw new Refusal('out_of_range');
  return value;
}

/** A recursive descent through the grammar; each method reads what it is named after. */
class Reader {
  readonly #chars: readonly string[];
  readonly #decimals: number;
  #at = 0;

  constructor(text: string, decimals: number) {
    this.#chars = Array.from(text);
    this.#decimals = decimals;
    if (this.#chars.length > maxChars) throw this.#syntax(maxChars);
  }

  read(): number {
    if (this.#peek() === undefined) throw new Refusal('empty');
    const value = this.#sum();
    if (this.#peek() !== undefined) throw this.#syntax(this.#at);
    const minor = inRange(
      value.multiply(inRange(Ratio.of(10n ** BigInt(this.#decimals), 1n))),
    ).round();
    if (minor > BigInt(maxAmount) || minor < -BigInt(maxAmount)) throw new Refusal('out_of_range');
    return Number(minor);
  }

  #sum(): Ratio {
    let value = this.#product();
    for (let operator = this.#operator('+-−'); operator; operator = this.#operator('+-−')) {
      const right = this.#product();
      value = inRange(value.add(operator === '+' ? right : right.negate()));
    }
    return value;
  }

  #product(): Ratio {
    let value = this.#factor();
    for (let operator = this.#operator('*×/÷'); operator; operator = this.#operator('*×/÷')) {
      const right = this.#factor();
      const divides = operator === '/' || operator === '÷';
      if (divides && right.isZero()) throw new Refusal('division_by_zero');
      value = inRange(divides ? value.divide(right) : value.multiply(right));
    }
    return value;
  }

  #factor(): Ratio {
    const sign = this.#operator('+-−(');
    if (sign === '+') return this.#factor();
    if (sign === '(') return this.#parenthesis();
    return sign ? this.#factor().negate() : this.#number();
  }

  #parenthesis(): Ratio {
    const value = this.#sum();
    if (!this.#operator(')')) throw this.#syntax(this.#at);
    return value;
  }

  #number(): Ratio {
    const start = this.#at;
    const groups = [this.#digits()];
    const separators: Separator[] = [];
    for (;;) {
      const separator = separatorOf(this.#chars[this.#at]);
      if (!separator || !isDigit(this.#chars[this.#at + 1])) break;
      this.#at += 1;
      separators.push(separator);
      groups.push(this.#digits());
    }
    const value = numeral(groups, separators, this.#decimals);
    if (value === 'syntax') throw this.#syntax(start);
    if (value === 'too_many_decimals') throw new Refusal(value);
    return inRange(value);
  }

  #digits(): string {
    const start = this.#at;
    while (isDigit(this.#chars[this.#at])) this.#at += 1;
    return this.#chars.slice(start, this.#at).join('');
  }

  /** The next character that is no blank, without reading it. */
  #peek(): string | undefined {
    while (this.#chars[this.#at] === '\t' || separatorOf(this.#chars[this.#at]) === 'blank')
      this.#at += 1;
    return this.#chars[this.#at];
  }

  #operator(of: string): string | undefined {
    const next = this.#peek();
    if (next === undefined || !of.includes(next)) return undefined;
    this.#at += 1;
    return next;
  }

  #syntax(at: number): Refusal {
    return new Refusal('syntax', at);
  }
}

type Separator = 'point' | 'comma' | 'apostrophe' | 'blank';

function separatorOf(char: string | undefined): Separator | undefined {
  if (char === '.') return 'point';
  if (char === ',') return 'comma';
  if (char === "'" || char === '’') return 'apostrophe';
  return char !== undefined && ' \u00a0\u202f\u2009'.includes(char) ? 'blank' : undefined;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

/** What a number stands for: one separator fewer than there are groups, of which only the first can be empty. */
function numeral(
  groups: string[],
  separators: Separator[],
  decimals: number,
): Ratio | 'syntax' | 'too_many_decimals' | undefined {
  const fractional = endsInFraction(groups, separators, decimals);
  const before = fractional ? separators.slice(0, -1) : separators;
  const wholes = fractional ? groups.slice(0, -1) : groups;
  const fraction = fractional ? (groups.at(-1) ?? '') : '';
  const whole = wholes.join('');
  const uniform = before.every((separator) => separator === before[0]);
  const grouped = before.length === 0 || isGrouped(wholes);
  if (!uniform || !grouped || whole + fraction === '') return 'syntax';
  if (fraction.length > decimals) return 'too_many_decimals';
  return Ratio.of(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

/** Whether the last separator is the decimal mark. */
function endsInFraction(groups: string[], separators: Separator[], decimals: number): boolean {
  const last = separators.at(-1);
  if (last !== 'point' && last !== 'comma') return false;
  if (separators.length === 1) return decimals >= 3 || !isGrouped(groups);
  return !separators.slice(0, -1).includes(last);
}

/** Whether digits fall into groups as thousands or lakhs do, with a digit other than 0 in front. */
function isGrouped(groups: string[]): boolean {
  const [first, last] = [groups[0], groups.at(-1)];
  if (groups.length < 2 || !first || first.startsWith('0') || last?.length !== 3) return false;
  const between = groups.slice(1, -1);
  const thousands = first.length <= 3 && between.every((group) => group.length === 3);
  const lakhs = first.length <= 2 && between.every((group) => group.length === 2);
  return thousands || lakhs;
}

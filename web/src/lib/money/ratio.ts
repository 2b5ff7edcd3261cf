// The server computes in 128 bits and refuses what does not fit; the same bound here keeps the answers the same.
const limit = 2n ** 127n;

/** An exact fraction in lowest terms, so that `10/3*3` is 10 and not 9.99. Operations give nothing where it is too large. */
export class Ratio {
  readonly #numerator: bigint;
  readonly #denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    this.#numerator = numerator;
    this.#denominator = denominator;
  }

  /** Also gives nothing for a denominator of zero. */
  static of(numerator: bigint, denominator: bigint): Ratio | undefined {
    if (denominator === 0n || !fits(numerator) || !fits(denominator)) return undefined;
    const divisor =
      gcd(magnitude(numerator), magnitude(denominator)) * (denominator < 0n ? -1n : 1n);
    return new Ratio(numerator / divisor, denominator / divisor);
  }

  static whole(value: bigint): Ratio {
    return new Ratio(value, 1n);
  }

  isZero(): boolean {
    return this.#numerator === 0n;
  }

  negate(): Ratio {
    return new Ratio(-this.#numerator, this.#denominator);
  }

  add(other: Ratio): Ratio | undefined {
    const left = this.#numerator * other.#denominator;
    const right = other.#numerator * this.#denominator;
    if (!fits(left) || !fits(right)) return undefined;
    return Ratio.of(left + right, this.#denominator * other.#denominator);
  }

  multiply(other: Ratio): Ratio | undefined {
    return Ratio.of(this.#numerator * other.#numerator, this.#denominator * other.#denominator);
  }

  divide(other: Ratio): Ratio | undefined {
    return Ratio.of(this.#numerator * other.#denominator, this.#denominator * other.#numerator);
  }

  /** The nearest integer; of two that are equally near, the one farther from zero. */
  round(): bigint {
    const whole = this.#numerator / this.#denominator;
    const rest = magnitude(this.#numerator % this.#denominator);
    if (rest * 2n < this.#denominator) return whole;
    return this.#numerator < 0n ? whole - 1n : whole + 1n;
  }
}

function fits(value: bigint): boolean {
  return value < limit && value > -limit;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/**
 * A text that shows what stands elsewhere, until somebody types over it: from then on it is theirs, whatever else changes,
 * until they are done with it.
 */
export class Typed {
  readonly #source: () => string;
  #own: string | undefined = $state();

  constructor(source: () => string) {
    this.#source = source;
  }

  get value(): string {
    return this.#own ?? this.#source();
  }

  set value(text: string) {
    this.#own = text;
  }

  /**
   * What was typed is saved, or given up: what stands elsewhere is shown again. With what was sent, only if nothing else has
   * been typed since.
   */
  release(sent = this.#own) {
    if (this.#own === sent) this.#own = undefined;
  }
}

/**
 * LIST patterns (RFC 3501 §6.3.8): `*` matches anything, `%` anything but the hierarchy delimiter.
 *
 * All the ways a pattern can match are followed at once, one bit a way (Shift-And): state i means "i literal
 * characters matched", and a wildcard is a bit that lets state i stay. So a name costs its length times one word
 * per 32 literal characters, whatever the pattern.
 */
export class ListPattern {
  readonly #literals: string;
  readonly #words: number;
  readonly #star: Uint32Array;
  readonly #percent: Uint32Array;
  readonly #masks = new Map<number, Uint32Array>();
  readonly #delimiter: number;

  constructor(pattern: string, delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#literals = pattern.replaceAll('*', '').replaceAll('%', '');
    this.#words = (this.#literals.length >>> 5) + 1;
    this.#star = new Uint32Array(this.#words);
    this.#percent = new Uint32Array(this.#words);
    let state = 0;
    for (let at = 0; at < pattern.length; at += 1) {
      if (pattern[at] === '*') setBit(this.#star, state);
      else if (pattern[at] === '%') setBit(this.#percent, state);
      else state += 1;
    }
    for (let at = 0; at < this.#literals.length; at += 1)
      setBit(this.#mask(this.#literals.charCodeAt(at)), at);
  }

  matches(name: string): boolean {
    if (this.#literals.length > name.length) return false;
    let states = new Uint32Array(this.#words);
    let next = new Uint32Array(this.#words);
    states[0] = 1;
    for (let at = 0; at < name.length; at += 1) {
      const unit = name.charCodeAt(at);
      const mask = this.#masks.get(unit);
      const percent = unit !== this.#delimiter;
      let carry = 0;
      let alive = 0;
      for (let word = 0; word < this.#words; word += 1) {
        const active = states[word]!;
        const moved = mask === undefined ? 0 : active & mask[word]!;
        const stays = active & (percent ? this.#star[word]! | this.#percent[word]! : this.#star[word]!);
        const bits = ((moved << 1) | carry | stays) >>> 0;
        carry = moved >>> 31;
        next[word] = bits;
        alive |= bits;
      }
      if (alive === 0) return false;
      [states, next] = [next, states];
    }
    const last = this.#literals.length;
    return (states[last >>> 5]! & (1 << (last & 31))) !== 0;
  }

  #mask(unit: number): Uint32Array {
    let mask = this.#masks.get(unit);
    if (mask === undefined) {
      mask = new Uint32Array(this.#words);
      this.#masks.set(unit, mask);
    }
    return mask;
  }
}

function setBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = words[bit >>> 5]! | (1 << (bit & 31));
}

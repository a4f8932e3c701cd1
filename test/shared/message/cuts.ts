/** The same bytes in several cuts: whole, byte by byte, and at random places. */

/** Deterministic, so that a failure can be seen again (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function cutAtRandom(bytes: Buffer, next: () => number, longest = 40): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Math.floor(next() * longest);
    // A copy, wiped by nobody here, but never the parser's to keep: overwritten by `feed` after use.
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

export function cutByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}

/** Every way this suite cuts `bytes`, by name. */
export function* cuts(bytes: Buffer, seed = 1): Generator<[string, Buffer[]]> {
  yield ['whole', [Buffer.from(bytes)]];
  yield ['byte by byte', cutByByte(bytes)];
  for (let round = 0; round < 5; round++) {
    yield [`random cuts ${seed + round}`, cutAtRandom(bytes, random(seed + round), 3 + 20 * round)];
  }
}

/** Writes the pieces, each overwritten right after: whoever kept a reference to it is found out. */
export function feed(pieces: readonly Buffer[], write: (piece: Buffer) => void): void {
  for (const piece of pieces) {
    write(piece);
    piece.fill(0x21);
  }
}

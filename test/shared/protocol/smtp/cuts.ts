/** The same bytes whole, byte by byte, and cut at five times at places that depend on the seed alone. */
export function* cuts(bytes: Uint8Array, seed = 7): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  let state = seed;
  for (let round = 0; round < 5; round++) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
      const length = 1 + ((state >> 8) % (3 + round * 20));
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    yield pieces;
  }
}

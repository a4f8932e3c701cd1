/** The ways in which bytes may arrive: whole, one by one, and cut at places that a seed decides. */
export function* waysToCut(bytes: Buffer, rounds = 20): Generator<Buffer[]> {
  yield [bytes];
  yield [...bytes].map((byte) => Buffer.from([byte]));
  let seed = 12_345;
  for (let round = 0; round < rounds; round++) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      const length = 1 + (seed % 17);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    yield pieces;
  }
}

/**
 * Bit slices: every three neighbouring UTF-16 units of a text set one of 16,384 bits (a hash), so that a text that has all bits of
 * a string may contain it, and one that lacks any does not. A segment lays the bits of 1,024 messages across: for
 * each bit a slice of 1,024, in which they stand side by side. A search then reads a few slices, and no text.
 */
export const SLICES = 16_384;
/** Messages a segment. */
export const SEGMENT_MESSAGES = 1_024;
export const SLICE_BYTES = SEGMENT_MESSAGES / 8;
/** Slices that lie in one row: 1 KiB, so that rows fill pages. */
export const SLICES_A_ROW = 8;
/** More slices rule out hardly any more. */
const MAX_SLICES_A_SEARCH = 32;

function sliceOf(a: number, b: number, c: number): number {
  const hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  return (hash ^ (hash >>> 15)) >>> 18;
}

/** Bits of the strings of a message, by slice. @param bits of SLICES / 8 bytes, added to. */
export function addSlices(bits: Uint8Array, text: string): void {
  let a = text.charCodeAt(0);
  let b = text.charCodeAt(1);
  for (let at = 2; at < text.length; at++) {
    const c = text.charCodeAt(at);
    const slice = sliceOf(a, b, c);
    bits[slice >> 3]! |= 1 << (slice & 7);
    a = b;
    b = c;
  }
}

/** The slices that a message with `needle` in it has; none when it is shorter than three units. */
export function slicesOf(needle: string): number[] {
  const slices = new Set<number>();
  for (let at = 2; at < needle.length; at++)
    slices.add(sliceOf(needle.charCodeAt(at - 2), needle.charCodeAt(at - 1), needle.charCodeAt(at)));
  const all = [...slices];
  if (all.length <= MAX_SLICES_A_SEARCH) return all;
  const step = all.length / MAX_SLICES_A_SEARCH;
  return Array.from({ length: MAX_SLICES_A_SEARCH }, (_, index) => all[Math.floor(index * step)]!);
}

/** A segment under way: the rows of its slices. */
export class SegmentBits {
  readonly #bytes = new Uint8Array(SLICES * SLICE_BYTES);

  /** @param place of the message in the segment. */
  add(place: number, bits: Uint8Array): void {
    const bytes = this.#bytes;
    const byte = place >> 3;
    const mask = 1 << (place & 7);
    for (let at = 0; at < bits.length; at++) {
      for (let rest = bits[at]!; rest !== 0; rest &= rest - 1) {
        const slice = at * 8 + (31 - Math.clz32(rest & -rest));
        bytes[slice * SLICE_BYTES + byte]! |= mask;
      }
    }
  }

  /** All slices, one after the other. */
  bytes(): Buffer {
    return Buffer.from(this.#bytes.buffer);
  }
}

/** Places in a segment of the messages that have all of these slices. @param slices each of SLICE_BYTES. */
export function placesIn(slices: readonly Uint8Array[]): number[] {
  const places: number[] = [];
  for (let byte = 0; byte < SLICE_BYTES; byte++) {
    let bits = 255;
    for (const slice of slices) bits &= slice[byte]!;
    for (; bits !== 0; bits &= bits - 1) places.push(byte * 8 + (31 - Math.clz32(bits & -bits)));
  }
  return places;
}

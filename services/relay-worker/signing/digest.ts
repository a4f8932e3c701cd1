import { createHash } from 'node:crypto';
import { RelaxedBody } from '../../../shared/message/dkim/relaxed-body.ts';

/** A longer header is not signed. */
export const MAX_HEADER_BYTES = 262_144;

export interface Digest {
  /** Up to the empty line, which belongs to it no more. */
  readonly header: Buffer;
  /** SHA-256 of the relaxed body, base64. */
  readonly bodyHash: string;
}

/** Reads a message in its wire form. null: its header is longer than `MAX_HEADER_BYTES`. */
export async function digest(wire: AsyncIterable<Uint8Array>): Promise<Digest | null> {
  const hash = createHash('sha256');
  const body = new RelaxedBody((piece) => hash.update(piece));
  const top: Uint8Array[] = [];
  const end = new EmptyLine();
  let bytes = 0;
  for await (const piece of wire) {
    const length = end.found ? 0 : end.look(piece);
    if (length > 0) top.push(piece.subarray(0, length));
    bytes += length;
    if (bytes > MAX_HEADER_BYTES) return null;
    body.write(piece.subarray(length));
  }
  body.end();
  const header = Buffer.concat(top);
  return {
    header: end.found ? header.subarray(0, header.length - 2) : header,
    bodyHash: hash.digest('base64'),
  };
}

const CR = 13;
const LF = 10;

/** Finds the end of the header: a line with nothing in it. */
class EmptyLine {
  found = false;
  #atLineStart = true;
  #afterCr = false;

  /** Bytes of the piece that belong to the header, the empty line included. */
  look(piece: Uint8Array): number {
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i];
      if (byte === LF && this.#afterCr) {
        this.found = this.#atLineStart;
        if (this.found) return i + 1;
        this.#atLineStart = true;
        this.#afterCr = false;
        continue;
      }
      // A CR alone is content of the line; the one before a LF is not.
      if (this.#afterCr || byte !== CR) this.#atLineStart = false;
      this.#afterCr = byte === CR;
    }
    return piece.length;
  }
}

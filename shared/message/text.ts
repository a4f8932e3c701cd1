import { type DecodeCharset, newDecoder } from './charset.ts';
import { leafParts } from './part.ts';
import type { MessageStructure, PartStructure } from './structure.ts';
import { type TransferDecoder, transferDecoder } from './transfer-encoding.ts';

/** The readable text in a message, for SEARCH BODY and TEXT: which parts have it, and their bytes as Unicode. */

/** Parts to search: all text/* leaves, those of messages inside too, in order; attached ones are text as well. */
export function textParts(structure: MessageStructure): PartStructure[] {
  return [...leafParts(structure.body)].filter((part) => part.type === 'text');
}

/** Lower case; 'us-ascii' when the part names none (RFC 2046 §4.1.2). */
export function charsetOf(part: PartStructure): string {
  const charset = part.parameters.find((each) => each.name === 'charset')?.value.toLowerCase();
  return charset === undefined || charset === '' ? 'us-ascii' : charset;
}

/**
 * A text part's body bytes in any cuts to Unicode text: transfer encoding, then charset. No charset and bytes of
 * eight bits: read as UTF-8. A charset that `TextDecoder` lacks is decoded piece by piece by `fallback`, else as
 * windows-1252. Never throws.
 */
export class TextReader {
  readonly #transfer: TransferDecoder;
  readonly #decoder: TextDecoder | null;
  readonly #charset: string;
  readonly #fallback: DecodeCharset | null;

  constructor(part: PartStructure, fallback: DecodeCharset | null = null) {
    this.#transfer = transferDecoder(part.encoding);
    this.#charset = charsetOf(part);
    this.#fallback = fallback;
    this.#decoder = newDecoder(this.#charset === 'us-ascii' ? 'utf-8' : this.#charset);
  }

  write(bytes: Uint8Array): string {
    return this.#decode(this.#transfer.write(bytes), false);
  }

  end(): string {
    return this.#decode(this.#transfer.end(), true);
  }

  #decode(bytes: Buffer, last: boolean): string {
    if (this.#decoder !== null) return this.#decoder.decode(bytes, { stream: !last });
    return this.#fallback?.(bytes, this.#charset) ?? bytes.toString('latin1');
  }
}

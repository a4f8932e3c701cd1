import { headerFields, headerLength } from '../../../shared/message/header.ts';
import { MAX_HEADER_BYTES } from '../../../shared/message/header-block.ts';

/** A field as it was sent. */
export interface SentField {
  readonly name: string;
  /** What is behind the colon and one blank, without the CRLF at its end; folds are kept. Latin1. */
  readonly value: string;
}

export interface Read {
  /** Once, as soon as the header is over: its fields in order. */
  readonly fields?: readonly SentField[];
  /** What the chunk had of the body. */
  readonly body: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const BLANK_LINE = '\r\n\r\n';

/**
 * Tells header and body of a message apart as it comes in. Of a header without end 256 KiB are kept, and what follows
 * is body.
 */
export class HeaderFirst {
  #head: Buffer = Buffer.alloc(0);
  #over = false;

  read(chunk: Uint8Array): Read {
    if (this.#over) return { body: chunk };
    const from = Math.max(0, this.#head.length - BLANK_LINE.length + 1);
    this.#head = Buffer.concat([this.#head, chunk]);
    const over =
      this.#head.length >= MAX_HEADER_BYTES ||
      this.#head.indexOf(BLANK_LINE, from, 'latin1') >= 0 ||
      (this.#head[0] === 13 && this.#head[1] === 10);
    return over ? this.#split() : { body: NOTHING };
  }

  /** The message is over. */
  end(): Read {
    return this.#over ? { body: NOTHING } : this.#split();
  }

  #split(): Read {
    const head = this.#head;
    this.#over = true;
    this.#head = Buffer.alloc(0);
    const fields = headerFields(head).map(({ nameStart, valueStart, end }) => ({
      name: head.toString('latin1', nameStart, valueStart - 1).trimEnd(),
      value: head
        .toString('latin1', valueStart, end)
        .replace(/^ /, '')
        .replace(/\r?\n$/, ''),
    }));
    return { fields, body: head.subarray(headerLength(head)) };
  }
}

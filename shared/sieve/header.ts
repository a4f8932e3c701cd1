import { formatField } from '../message/compose.ts';
import { decodeWords, encodeWords } from '../message/encoded-word.ts';
import { headerFields, headerLength, unfold } from '../message/header.ts';

/** One field: `raw` with its line ends, latin1; `value` unfolded, latin1. */
export interface SieveField {
  /** Lower case. */
  readonly name: string;
  readonly raw: string;
  readonly value: string;
}

/** A message's header as a script sees it, and edits it (RFC 5293). */
export class SieveHeader {
  #fields: SieveField[];
  /** What stands before the first field (an mbox line), and after the last (a blank line, or nothing). */
  readonly #before: string;
  readonly #after: string;
  #edited = false;

  private constructor(fields: SieveField[], before: string, after: string) {
    this.#fields = fields;
    this.#before = before;
    this.#after = after;
  }

  /** @param bytes a header block, with or without the blank line */
  static of(bytes: Buffer): SieveHeader {
    const found = headerFields(bytes);
    const fields = found.map(({ name, nameStart, valueStart, end }) => ({
      name,
      raw: bytes.toString('latin1', nameStart, end),
      value: unfold(bytes.toString('latin1', valueStart, end)),
    }));
    const first = found[0]?.nameStart ?? 0;
    const last = found.at(-1)?.end ?? 0;
    return new SieveHeader(
      fields,
      bytes.toString('latin1', 0, first),
      bytes.toString('latin1', last, headerLength(bytes)),
    );
  }

  copy(): SieveHeader {
    return new SieveHeader([...this.#fields], this.#before, this.#after);
  }

  get edited(): boolean {
    return this.#edited;
  }

  get fields(): readonly SieveField[] {
    return this.#fields;
  }

  /** Fields of this name, in order; `index` (RFC 5260 §6) picks one, from the end when `last`. */
  named(name: string, index?: { readonly at: number; readonly last: boolean }): readonly SieveField[] {
    const wanted = name.toLowerCase();
    const all = this.#fields.filter((field) => field.name === wanted);
    if (index === undefined) return all;
    const one = all[index.last ? all.length - index.at : index.at - 1];
    return one === undefined ? [] : [one];
  }

  add(name: string, value: string, last: boolean): void {
    const raw = Buffer.from(formatField(name, encodeWords(value))).toString('latin1');
    const field = { name: name.toLowerCase(), raw, value: unfold(raw.slice(name.length + 1)) };
    if (last) this.#fields.push(field);
    else this.#fields.unshift(field);
    this.#edited = true;
  }

  remove(gone: ReadonlySet<SieveField>): void {
    if (gone.size === 0) return;
    this.#fields = this.#fields.filter((field) => !gone.has(field));
    this.#edited = true;
  }

  /** The header block to put in the place of the one that was read. */
  bytes(): Buffer {
    const text = this.#before + this.#fields.map(({ raw }) => raw).join('') + (this.#after || '\r\n');
    return Buffer.from(text, 'latin1');
  }
}

/** What tests compare: encoded words decoded. */
export function fieldText(field: SieveField): string {
  return decodeWords(field.value);
}

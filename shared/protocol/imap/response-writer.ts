/**
 * Gathers output: text as one growing string that becomes bytes once a batch, byte ranges as the buffers they are.
 * Text is latin1: one character, one byte.
 */
export class ResponseWriter {
  #pieces: Uint8Array[] = [];
  #text = '';
  #size = 0;

  /** Bytes gathered and not yet taken. */
  get size(): number {
    return this.#size;
  }

  text(text: string): void {
    this.#text += text;
    this.#size += text.length;
  }

  line(text: string): void {
    this.#text += `${text}\r\n`;
    this.#size += text.length + 2;
  }

  /** Kept by reference until it is sent: it must not change. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#endText();
    this.#pieces.push(bytes);
    this.#size += bytes.length;
  }

  take(): Uint8Array[] {
    this.#endText();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#size = 0;
    return pieces;
  }

  #endText(): void {
    if (this.#text === '') return;
    this.#pieces.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}

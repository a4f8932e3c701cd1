/** An SMTP server's reply (RFC 5321 §4.2). */
export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  /** RFC 3463 status at the head of the text, when it is well formed and its class fits the code. */
  readonly enhanced: string | null;
  /** The text of each line, without the code; control characters stand as `?`. */
  readonly lines: readonly string[];
}

/** What a server said that is no reply. Final: whatever follows cannot be told apart. */
export interface ReplyFault {
  readonly fault: string;
}

/** RFC 5321 §4.5.3.1.5 has 512 octets; servers with long explanations are known, so eight times that. */
export const MAX_REPLY_LINE_BYTES = 4_096;
/** EHLO answers have some twenty lines; a hundred leaves room for the talkative. */
export const MAX_REPLY_LINES = 100;

const LF = 10;
const CR = 13;
const HYPHEN = 45;
const SPACE = 32;

const utf8 = new TextDecoder();

/** The reply on one line, as a log or a DSN shows it: `550 5.1.1 no such mailbox`. */
export function replyText(reply: Reply): string {
  const again = reply.enhanced === null ? null : `${reply.enhanced} `;
  const lines = reply.lines.map((line, i) =>
    i > 0 && again !== null && line.startsWith(again) ? line.slice(again.length) : line,
  );
  return `${reply.code} ${lines.join(' ')}`.trimEnd();
}

/**
 * Bytes in, replies out; linear time on any input. A line may end in LF alone. Memory: one line buffer and at most
 * `MAX_REPLY_LINES` lines.
 *
 *   Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 */
export class ReplyParser {
  #chunks: Uint8Array[] = [];
  #offset = 0;
  #line = new Uint8Array(128);
  #lineLength = 0;
  #lines: string[] = [];
  #code = 0;
  #bytes = 0;
  #fault: ReplyFault | null = null;

  receive(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Bytes received that belong to no reply handed out yet. */
  get buffered(): number {
    return this.#bytes + this.#lineLength + this.#lines.length;
  }

  next(): Reply | ReplyFault | 'need-data' {
    if (this.#fault) return this.#fault;
    while (this.#readLine()) {
      const reply = this.#takeLine();
      if (reply) return reply;
    }
    return this.#fault ?? 'need-data';
  }

  /** True when a whole line stands in the line buffer. */
  #readLine(): boolean {
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!;
      const end = chunk.indexOf(LF, this.#offset);
      const stop = end === -1 ? chunk.length : end;
      if (!this.#append(chunk, stop)) return false;
      this.#bytes -= (end === -1 ? stop : stop + 1) - this.#offset;
      this.#offset = stop + 1;
      if (this.#offset >= chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
      if (end !== -1) return true;
    }
    return false;
  }

  #append(chunk: Uint8Array, stop: number): boolean {
    const length = this.#lineLength + stop - this.#offset;
    if (length > MAX_REPLY_LINE_BYTES) {
      this.#fault = { fault: `a reply line of more than ${MAX_REPLY_LINE_BYTES} bytes` };
      return false;
    }
    if (length > this.#line.length) {
      const larger = new Uint8Array(Math.min(MAX_REPLY_LINE_BYTES, Math.max(length, this.#line.length * 2)));
      larger.set(this.#line.subarray(0, this.#lineLength));
      this.#line = larger;
    }
    this.#line.set(chunk.subarray(this.#offset, stop), this.#lineLength);
    this.#lineLength = length;
    return true;
  }

  #takeLine(): Reply | ReplyFault | null {
    const length =
      this.#lineLength > 0 && this.#line[this.#lineLength - 1] === CR
        ? this.#lineLength - 1
        : this.#lineLength;
    const line = this.#line.subarray(0, length);
    this.#lineLength = 0;
    const code = replyCode(line);
    if (code === 0) return this.#fail('a line that is no SMTP reply');
    if (this.#lines.length > 0 && code !== this.#code)
      return this.#fail('a reply whose lines have different codes');
    if (this.#lines.length >= MAX_REPLY_LINES)
      return this.#fail(`a reply of more than ${MAX_REPLY_LINES} lines`);
    this.#code = code;
    this.#lines.push(printable(line.subarray(4)));
    if (line[3] === HYPHEN) return null;
    const lines = this.#lines;
    this.#lines = [];
    return { code, lines, enhanced: enhancedStatus(code, lines[0]!) };
  }

  #fail(fault: string): ReplyFault {
    this.#fault = { fault };
    return this.#fault;
  }
}

/** 0: not `2xx` to `5xx` followed by space, hyphen or the end. */
function replyCode(line: Uint8Array): number {
  if (line.length < 3) return 0;
  const [a, b, c, separator] = [line[0]! - 48, line[1]! - 48, line[2]! - 48, line[3] ?? SPACE];
  if (a < 2 || a > 5 || b < 0 || b > 9 || c < 0 || c > 9) return 0;
  return separator === SPACE || separator === HYPHEN ? a * 100 + b * 10 + c : 0;
}

function printable(bytes: Uint8Array): string {
  return utf8.decode(bytes).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function enhancedStatus(code: number, text: string): string | null {
  const match = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(text);
  return match && match[1] === String(code)[0] ? match[0] : null;
}

import { createHash } from 'node:crypto';

/** What was sent under one Message-ID. */
export interface SentMessage {
  readonly messageId: string;
  readonly bytes: Buffer;
}

const LINE = 76;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789 ';

/** Lines that do not compress to nothing, the same for every message of a size. */
function filler(bytes: number): Buffer {
  const body = Buffer.alloc(Math.max(0, bytes), 'x');
  let seed = 1;
  for (let at = 0; at < bytes; at++) {
    const column = at % (LINE + 2);
    if (column === LINE) body[at] = 13;
    else if (column === LINE + 1) body[at] = 10;
    else {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
      body[at] = ALPHABET.charCodeAt((seed >> 16) % ALPHABET.length);
    }
  }
  return body;
}

const END = '\r\nend\r\n';

/** Messages of one size, each with a Message-ID of its own; no line begins with a dot. */
export function messagesOf(
  run: string,
  messageBytes: number,
  from = 'sender@load.test',
): (number: number, to: string) => SentMessage {
  let body: Buffer | undefined;
  return (number, to) => {
    const messageId = `<${run}.${number}@load.test>`;
    // `X-Load-Number` first: what a server put before it can be told from what was sent.
    const head = Buffer.from(
      `X-Load-Number: ${number}\r\nFrom: Load <${from}>\r\nTo: <${to}>\r\nSubject: load ${number}\r\n` +
        `Message-ID: ${messageId}\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n` +
        'Content-Type: text/plain; charset=us-ascii\r\n\r\n',
    );
    body ??= filler(messageBytes - head.length - END.length);
    return { messageId, bytes: Buffer.concat([head, body, Buffer.from(END)]) };
  };
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

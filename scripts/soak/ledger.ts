import { createHash, randomBytes } from 'node:crypto';
import type { Mail } from './smtp-client.ts';

export interface LedgerEntry {
  readonly messageId: string;
  readonly forwardPaths: readonly string[];
  readonly size: number;
  readonly sha256: string;
  /** The end of data was answered with 250: it must arrive. Else it may, once. */
  accepted: boolean;
}

export interface Ledger {
  readonly entries: ReadonlyMap<string, LedgerEntry>;
  /** A message nobody has sent yet, in the books as not accepted. */
  make(forwardPaths: readonly string[], reversePath: string): Mail & { readonly entry: LedgerEntry };
  accepted(): number;
}

/** Our messages begin with this field, so that what a server put before it can be told apart. */
const FIRST_FIELD = 'X-Load-Number';
const START = Buffer.from(`${FIRST_FIELD}: `);

/** Every message ever sent, by Message-ID, with the SHA-256 of its bytes. A message is never sent twice under one id. */
export function makeLedger(run: string): Ledger {
  const entries = new Map<string, LedgerEntry>();
  return {
    entries,
    make(forwardPaths, reversePath) {
      const number = entries.size;
      const messageId = `<${run}.${number}@load.test>`;
      const bytes = compose(number, messageId, forwardPaths, reversePath);
      const entry: LedgerEntry = {
        messageId,
        forwardPaths,
        size: bytes.length,
        sha256: sha256(bytes),
        accepted: false,
      };
      entries.set(messageId, entry);
      return { reversePath, forwardPaths, bytes, entry };
    },
    accepted: () => entries.values().reduce((count, entry) => count + Number(entry.accepted), 0),
  };
}

/** Mostly letters of a few KiB, now and then one with an attachment's size. */
function bodyLength(number: number): number {
  if (number % 400 === 399) return 3_000_000;
  if (number % 50 === 49) return 200_000;
  return 500 + (number % 8) * 700;
}

function compose(number: number, messageId: string, to: readonly string[], from: string): Buffer {
  const header = [
    `${FIRST_FIELD}: ${number}`,
    `From: <${from}>`,
    `To: ${to.map((path) => `<${path}>`).join(', ')}`,
    `Subject: load ${number}`,
    `Message-ID: ${messageId}`,
    'Date: Mon, 23 Nov 2026 12:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: 8bit',
    '',
  ];
  const lines: string[] = ['.', '..', '.leading dot', 'From the past', '', 'gr\xfc\xdfe'];
  const line = randomBytes(54).toString('base64');
  for (let length = 0; length < bodyLength(number); length += line.length + 2) lines.push(line);
  return Buffer.from(`${[...header, ...lines, '.'].join('\r\n')}\r\n`, 'latin1');
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What a mailbox holds, taken apart: our bytes, and the trace fields before them (RFC 5321 §4.4). */
export function identify(stored: Buffer): {
  readonly messageId: string | undefined;
  readonly sha256: string;
  /** Only Return-Path, Delivered-To and Received stand before our first field. */
  readonly cleanPrefix: boolean;
} {
  const start = stored.indexOf(START);
  const own = start < 0 ? stored : stored.subarray(start);
  const prefix = stored.toString('latin1', 0, Math.max(start, 0));
  const messageId = /^Message-ID: (<[^>]+>)\r$/m.exec(own.toString('latin1', 0, 8_192))?.[1];
  const names = prefix.match(/^[^\s:]+(?=:)/gm) ?? [];
  const cleanPrefix =
    start >= 0 && names.every((name) => /^(?:return-path|received|delivered-to)$/i.test(name));
  return { messageId, sha256: sha256(own), cleanPrefix };
}

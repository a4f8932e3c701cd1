import { randomBytes } from 'node:crypto';

export interface Letter {
  readonly id: string;
  readonly bytes: Buffer;
}

const DIFFICULT = [
  'Grüße aus Köln – 你好',
  '.a dot',
  '..two dots',
  '.',
  '',
  '',
  'From the start of a line',
  'x'.repeat(900),
  'the end',
];

/**
 * A message whose body has what gets lost on the way when something is wrong: dots at line starts, blank lines, 8-bit
 * text, a long line. Its header is complete, so that submission has nothing to add (RFC 6409 §8).
 */
export function letter(from: string, to: string, body: readonly string[] = DIFFICULT): Letter {
  const id = `${randomBytes(8).toString('hex')}@clients.test`;
  const header = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: letter ${id}`,
    `Message-ID: <${id}>`,
    'Date: Mon, 23 Nov 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return { id, bytes: Buffer.from([...header, '', ...body, ''].join('\r\n')) };
}

/** The message without the trace fields that each server puts on top of it (RFC 5321 §4.4). */
export function withoutTrace(message: Buffer, sent: Buffer): Buffer {
  const at = message.length - sent.length;
  return at >= 0 ? message.subarray(at) : message;
}

import type { EmailId } from '../../../../shared/mailbox/types.ts';
import { formatDate } from '../../../../shared/message/date.ts';
import { type HeaderField, headerFields } from '../../../../shared/message/header.ts';
import type { MessageStructure } from '../../../../shared/message/structure.ts';
import type { StagedMessage } from '../../../../shared/storage/port.ts';
import type { Webmail } from '../../webmail.ts';

export interface OutgoingMessage {
  readonly staged: StagedMessage;
  readonly returnPathBytes: number;
  readonly eightBit: boolean;
  /** The header has octets above 127 (RFC 6532). */
  readonly utf8Header: boolean;
}

/** A copy of a message for its way out: without Bcc (RFC 5322 §3.6.3), with what each hop writes before it. */
export async function outgoingMessage(
  { ports, config }: Webmail,
  emailId: EmailId,
  { body, size }: Pick<MessageStructure, 'body' | 'size'>,
  reversePath: string,
): Promise<OutgoingMessage> {
  const { storage, database } = ports;
  const header = await storage.readAll(emailId, body.headerStart, body.bodyStart, MAX_HEADER_BYTES);
  const kept = withoutTrace(header);
  const writer = storage.create();
  const returnPath = `Return-Path: <${reversePath}>\r\n`;
  const received = `Received: from webmail by ${config.hostname} (Cartero) with HTTP id ${writer.emailId};\r\n\t${formatDate(database.now())}\r\n`;
  let eightBit = has8Bit(kept);
  try {
    await writer.write(kept);
    for await (const piece of storage.read(emailId, body.bodyStart, size)) {
      eightBit ||= has8Bit(piece);
      await writer.write(piece);
    }
    const staged = await writer.finish(Buffer.from(returnPath + received));
    return { staged, returnPathBytes: Buffer.byteLength(returnPath), eightBit, utf8Header: has8Bit(kept) };
  } catch (error) {
    await writer.abort().catch(() => undefined);
    throw error;
  }
}

const MAX_HEADER_BYTES = 5_000_000;
/** Return-Path is of the last hop, ours alone. */
const LEFT_OUT = new Set(['bcc', 'resent-bcc', 'return-path']);

function withoutTrace(header: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  const cut = (field: HeaderField): void => {
    pieces.push(header.subarray(at, field.nameStart));
    at = field.end;
  };
  for (const field of headerFields(header)) if (LEFT_OUT.has(field.name)) cut(field);
  pieces.push(header.subarray(at));
  return Buffer.concat(pieces);
}

function has8Bit(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 127) return true;
  return false;
}

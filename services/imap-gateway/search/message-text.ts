import type { EmailId } from '../../../shared/mailbox/types.ts';
import { fieldValue, headerFields, headerValues } from '../../../shared/message/header.ts';
import { nestedMessages } from '../../../shared/message/part.ts';
import type { MessageStructure, PartStructure } from '../../../shared/message/structure.ts';
import { TextReader, textParts } from '../../../shared/message/text.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { decodeRareCharset } from './charset.ts';
import type { TextCriterion } from './criterion.ts';
import { foldField } from './evaluate.ts';
import { NeedleScan } from './needle-scan.ts';

/** Of a longer header so much is searched. Bytes. */
const MAX_HEADER_BYTES = 1_048_576;

/** Bytes of one message: at hand, or read from storage a range at a time. */
export interface MessageBytes {
  readonly emailId: EmailId;
  readonly structure: MessageStructure;
  readonly bytes: Buffer | undefined;
}

/** Folded values of any field of the message's header. */
export async function readHeader(
  storage: MessageStorage,
  message: MessageBytes,
): Promise<(field: string) => readonly string[]> {
  const bytes = await headerOf(storage, message, message.structure.body);
  return (field) => headerValues(bytes, field).map(foldField);
}

/** Which of the strings are in the message, decoded (RFC 3501 §6.4.4 TEXT and BODY); in memory a piece at a time. */
export async function findText(
  storage: MessageStorage,
  message: MessageBytes,
  wanted: readonly TextCriterion[],
): Promise<ReadonlySet<TextCriterion>> {
  const scan = new NeedleScan(wanted);
  const { body } = message.structure;
  if (wanted.some((criterion) => criterion.test === 'text'))
    await scanHeader(storage, message, body, scan, false);
  for (const nested of nestedMessages(body)) {
    if (scan.complete) break;
    await scanHeader(storage, message, nested.body, scan, true);
  }
  for (const part of textParts(message.structure)) {
    if (scan.complete) break;
    await scanPart(storage, message, part, scan);
  }
  return scan.found;
}

async function scanHeader(
  storage: MessageStorage,
  message: MessageBytes,
  part: PartStructure,
  scan: NeedleScan,
  body: boolean,
): Promise<void> {
  const bytes = await headerOf(storage, message, part);
  for (const field of headerFields(bytes)) {
    scan.write(`${field.name}: ${foldField(fieldValue(bytes, field))}`, body);
    scan.break();
  }
}

async function scanPart(
  storage: MessageStorage,
  message: MessageBytes,
  part: PartStructure,
  scan: NeedleScan,
): Promise<void> {
  const reader = new TextReader(part, decodeRareCharset);
  for await (const piece of rangeOf(storage, message, part.bodyStart, part.bodyEnd)) {
    scan.write(reader.write(piece), true);
    if (scan.complete) return;
  }
  scan.write(reader.end(), true);
  scan.break();
}

async function headerOf(
  storage: MessageStorage,
  message: MessageBytes,
  part: PartStructure,
): Promise<Buffer> {
  const { headerStart, bodyStart } = part;
  const end = Math.min(bodyStart, headerStart + MAX_HEADER_BYTES);
  return message.bytes?.subarray(headerStart, end) ?? storage.readAll(message.emailId, headerStart, end);
}

function rangeOf(
  storage: MessageStorage,
  message: MessageBytes,
  start: number,
  end: number,
): AsyncIterable<Buffer> | Iterable<Buffer> {
  return message.bytes === undefined
    ? storage.read(message.emailId, start, end)
    : [message.bytes.subarray(start, end)];
}

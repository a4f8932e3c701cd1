import { type ByteRange, sectionRange } from '../../../shared/message/part.ts';
import type { MessageStructure } from '../../../shared/message/structure.ts';
import type { SectionItem } from '../../../shared/protocol/imap/fetch-item.ts';
import type { Partial, Section } from '../../../shared/protocol/imap/section.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { selectFields } from './header-fields.ts';
import type { LoadedMessage } from './message-batch.ts';

/** Of a header longer than this, HEADER.FIELDS looks at so much. Bytes. */
const MAX_HEADER_BYTES = 1_048_576;

/** What a section came to: nothing there (NIL), bytes at hand, or a range to stream from storage. */
export type SectionBytes = null | Buffer | ByteRange;

/** True when the whole message is meant: no structure is needed to find it. */
export function isWholeMessage(section: Section): boolean {
  return section.path.length === 0 && section.text === null;
}

export async function readSectionBytes(
  storage: MessageStorage,
  message: LoadedMessage,
  item: SectionItem,
): Promise<SectionBytes> {
  const { section, partial } = item;
  const range = rangeOf(message, section);
  if (range === undefined) return null;
  if (section.text === 'HEADER.FIELDS' || section.text === 'HEADER.FIELDS.NOT') {
    const header = await headerBytes(storage, message, range);
    const fields = selectFields(header, section.fields, section.text === 'HEADER.FIELDS.NOT');
    return cut(fields, partial);
  }
  const wanted = partial === null ? range : cutRange(range, partial);
  return message.bytes === undefined ? wanted : message.bytes.subarray(wanted.start, wanted.end);
}

function rangeOf(message: LoadedMessage, section: Section): ByteRange | undefined {
  if (isWholeMessage(section)) return { start: 0, end: message.facts!.size };
  const structure: MessageStructure | undefined = message.structure;
  if (structure === undefined) return undefined;
  const { path, text } = section;
  return sectionRange(
    structure,
    path,
    text === 'HEADER.FIELDS' || text === 'HEADER.FIELDS.NOT' ? 'HEADER' : text,
  );
}

function headerBytes(
  storage: MessageStorage,
  message: LoadedMessage,
  range: ByteRange,
): Promise<Buffer> | Buffer {
  const end = Math.min(range.end, range.start + MAX_HEADER_BYTES);
  if (message.bytes !== undefined) return message.bytes.subarray(range.start, end);
  return storage.readAll(message.facts!.emailId, range.start, end);
}

function cutRange(range: ByteRange, partial: Partial): ByteRange {
  const start = Math.min(range.end, range.start + partial.offset);
  return { start, end: Math.min(range.end, start + partial.count) };
}

function cut(bytes: Buffer, partial: Partial | null): Buffer {
  return partial === null ? bytes : bytes.subarray(partial.offset, partial.offset + partial.count);
}

import type { EnvelopeStructure, MessageStructure, PartStructure } from './structure.ts';

/** Section parts: "2.1" of BODY[2.1] to the bytes it means (RFC 3501 §6.4.5, RFC 9051 §6.4.5.1). */

/** Bytes [start, end) of the message. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What stands after the part numbers; HEADER.FIELDS reads the bytes of HEADER. */
export type SectionText = 'HEADER' | 'TEXT' | 'MIME';

/**
 * The part that `path` numbers, counted from 1. A message that is no multipart is its own part 1; part numbers
 * after a message/rfc822 part are those of the message inside. The empty path is the whole message.
 */
export function findPart(structure: MessageStructure, path: readonly number[]): PartStructure | undefined {
  let part = structure.body;
  /** `part` stands for a whole message, so its only part, if it is no multipart, is number 1. */
  let isMessage = true;
  for (const number of path) {
    if (!isMessage && part.message !== undefined) {
      part = part.message.body;
      isMessage = true;
    }
    if (part.parts !== undefined) {
      const child = part.parts[number - 1];
      if (child === undefined) return undefined;
      part = child;
    } else if (!isMessage || number !== 1) {
      return undefined;
    }
    isMessage = false;
  }
  return part;
}

/**
 * The bytes of BODY[path.text], or undefined where the message has none such: no such part, HEADER or TEXT of a part
 * that is no message, MIME without a part number.
 */
export function sectionRange(
  structure: MessageStructure,
  path: readonly number[],
  text: SectionText | null = null,
): ByteRange | undefined {
  if (path.length === 0) {
    if (text === null) return { start: 0, end: structure.size };
    return text === 'MIME' ? undefined : messageRange(structure.body, text);
  }
  const part = findPart(structure, path);
  if (part === undefined) return undefined;
  if (text === null) return bodyRange(part);
  if (text === 'MIME') return headerRange(part);
  return part.message === undefined ? undefined : messageRange(part.message.body, text);
}

function messageRange(body: PartStructure, text: 'HEADER' | 'TEXT'): ByteRange {
  return text === 'HEADER' ? headerRange(body) : bodyRange(body);
}

/** The part's header with the blank line that ends it. */
export function headerRange(part: PartStructure): ByteRange {
  return { start: part.headerStart, end: part.bodyStart };
}

export function bodyRange(part: PartStructure): ByteRange {
  return { start: part.bodyStart, end: part.bodyEnd };
}

/** Bytes of the part's body, as BODYSTRUCTURE gives them: in its transfer encoding. */
export function partSize(part: PartStructure): number {
  return part.bodyEnd - part.bodyStart;
}

/** A message inside the message, with its own envelope. */
export interface NestedMessage {
  readonly envelope: EnvelopeStructure;
  readonly body: PartStructure;
}

/** Every part that has no parts of its own, in order; the leaves of a message inside a message too. */
export function* leafParts(part: PartStructure): Generator<PartStructure> {
  if (part.parts !== undefined) for (const child of part.parts) yield* leafParts(child);
  else if (part.message !== undefined) yield* leafParts(part.message.body);
  else yield part;
}

/** Every message inside `part`, outermost first. */
export function* nestedMessages(part: PartStructure): Generator<NestedMessage> {
  if (part.parts !== undefined) for (const child of part.parts) yield* nestedMessages(child);
  if (part.message !== undefined) {
    yield part.message;
    yield* nestedMessages(part.message.body);
  }
}

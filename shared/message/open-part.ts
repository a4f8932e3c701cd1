import { MAX_BOUNDARY } from './boundaries.ts';
import type { Content } from './content.ts';
import type { EnvelopeStructure, PartStructure } from './structure.ts';

/** A part whose end has not been seen. */
export interface OpenPart {
  readonly headerStart: number;
  /** The default of multipart/digest applies to its header. */
  readonly inDigest: boolean;
  /** The root, or the message inside a message/rfc822: it has an envelope. */
  readonly isMessage: boolean;
  bodyStart: number;
  /** Line ends before the body. */
  linesBefore: number;
  content: Content | null;
  envelope: EnvelopeStructure | null;
  /** While its delimiters count: null before its header ended and after its close delimiter. */
  boundary: string | null;
  parts: PartStructure[] | null;
  message: { envelope: EnvelopeStructure; body: PartStructure } | null;
}

export function newOpenPart(headerStart: number, inDigest: boolean, isMessage: boolean): OpenPart {
  return {
    headerStart,
    inDigest,
    isMessage,
    bodyStart: headerStart,
    linesBefore: 0,
    content: null,
    envelope: null,
    boundary: null,
    parts: null,
    message: null,
  };
}

/** The part, now that its end is known. */
export function closedPart(part: OpenPart, bodyEnd: number, lines: number): PartStructure {
  const content = part.content!;
  const { headerStart, bodyStart, parts, message } = part;
  if (parts !== null) {
    if (parts.length === 0) parts.push(wholeBody(part, bodyEnd, lines));
    return { headerStart, bodyStart, bodyEnd, lines, ...content, parts };
  }
  if (message !== null) return { headerStart, bodyStart, bodyEnd, lines, ...content, message };
  return { headerStart, bodyStart, bodyEnd, lines, ...content };
}

export function boundaryOf(content: Content): string | null {
  const value = content.parameters.find((each) => each.name === 'boundary')?.value.replace(/[ \t]+$/, '');
  return value === undefined || value === '' || value.length > MAX_BOUNDARY ? null : value;
}

export function isDigest(part: OpenPart): boolean {
  return part.content!.subtype === 'digest';
}

export function isMessageType(content: Content): boolean {
  return content.type === 'message' && (content.subtype === 'rfc822' || content.subtype === 'global');
}

export function isIdentity(encoding: string): boolean {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary';
}

export function opaque(content: Content): Content {
  return { ...content, type: 'application', subtype: 'octet-stream', parameters: [] };
}

/** A multipart without any part of its own shows its body as one text, for a client needs one part at least. */
function wholeBody(multipart: OpenPart, bodyEnd: number, lines: number): PartStructure {
  return {
    headerStart: multipart.bodyStart,
    bodyStart: multipart.bodyStart,
    bodyEnd,
    lines,
    type: 'text',
    subtype: 'plain',
    parameters: [],
    contentId: null,
    description: null,
    encoding: '7bit',
    md5: null,
    disposition: null,
    language: null,
    location: null,
  };
}

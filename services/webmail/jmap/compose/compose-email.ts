import { randomBytes } from 'node:crypto';
import { type Field, formatFields } from '../../../../shared/message/compose.ts';
import { formatDate } from '../../../../shared/message/date.ts';
import { encodeBase64 } from '../../../../shared/message/transfer-encoding.ts';
import type { MessageStorage } from '../../../../shared/storage/port.ts';
import { blobBytes } from '../blob/blob-bytes.ts';
import type { FoundBlob } from '../blob/find-blob.ts';
import type { JsonObject } from '../method.ts';
import { invalidProperties } from '../set.ts';
import { type ComposeContext, type ComposedPart, composePart, multipart } from './composed-part.ts';
import { headerFieldsOf } from './header-fields.ts';

/** Every blob that an Email to be made names. */
export function blobIdsIn(email: JsonObject): string[] {
  const found: string[] = [];
  const open: unknown[] = [email.bodyStructure, email.textBody, email.htmlBody, email.attachments];
  for (let steps = 0; open.length > 0 && steps < 20_000; steps += 1) {
    const one = open.pop();
    if (Array.isArray(one)) open.push(...one);
    else if (typeof one === 'object' && one !== null) {
      const { blobId, subParts } = one as JsonObject;
      if (typeof blobId === 'string') found.push(blobId);
      open.push(subParts);
    }
  }
  return found;
}

export interface ComposeOptions {
  readonly blobs: ReadonlyMap<string, FoundBlob>;
  readonly hostname: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** The message that an Email object describes (RFC 8621 §4.6). Throws `SetError`. */
export function composeEmail(email: JsonObject, { blobs, hostname, now }: ComposeOptions): ComposedPart {
  if (Object.hasOwn(email, 'headers')) throw invalidProperties(['headers']);
  const { bodyValues } = email;
  if (bodyValues != null && (typeof bodyValues !== 'object' || Array.isArray(bodyValues)))
    throw invalidProperties(['bodyValues']);
  const context: ComposeContext = {
    bodyValues: (bodyValues ?? {}) as Record<string, unknown>,
    blobs,
    token: () => randomBytes(15).toString('hex'),
    parts: 0,
  };
  const given = headerFieldsOf(email);
  const root = bodyOf(context, email);
  const has = (name: string): boolean => given.some(([each]) => each.toLowerCase() === name);
  if (given.some(([name]) => /^content-/i.test(name)))
    throw invalidProperties(['header'], 'the fields of the content follow from its parts');
  const fields: Field[] = [...given];
  if (!has('date')) fields.push(['Date', formatDate(now)]);
  if (!has('message-id')) fields.push(['Message-ID', `<${randomBytes(16).toString('hex')}@${hostname}>`]);
  if (!has('mime-version')) fields.push(['MIME-Version', '1.0']);
  return { ...root, fields: [...fields, ...root.fields] };
}

function bodyOf(context: ComposeContext, email: JsonObject): ComposedPart {
  const { bodyStructure, textBody, htmlBody, attachments } = email;
  if (bodyStructure != null) {
    if (textBody != null || htmlBody != null || attachments != null)
      throw invalidProperties(
        ['bodyStructure'],
        'either bodyStructure, or textBody, htmlBody and attachments',
      );
    return composePart(context, bodyStructure, 'bodyStructure');
  }
  const text = single(context, textBody, 'textBody', 'text/plain');
  const html = single(context, htmlBody, 'htmlBody', 'text/html');
  const attached = list(attachments, 'attachments');
  const isInline = (part: unknown): boolean => {
    const { cid, disposition } = part as JsonObject;
    return cid != null && disposition !== 'attachment';
  };
  const composeAll = (some: readonly [unknown, number][]): ComposedPart[] =>
    some.map(([part, index]) => composePart(context, part, `attachments/${index}`));
  const numbered = attached.map((part, index) => [part, index] as [unknown, number]);
  // What the HTML shows goes with it (RFC 2387).
  const inline = html === undefined ? [] : composeAll(numbered.filter(([part]) => isInline(part)));
  const others = composeAll(html === undefined ? numbered : numbered.filter(([part]) => !isInline(part)));
  const shown =
    html !== undefined && inline.length > 0
      ? multipart(context, 'multipart/related', [html, ...inline])
      : html;
  const body =
    text !== undefined && shown !== undefined
      ? multipart(context, 'multipart/alternative', [text, shown])
      : (text ?? shown);
  if (others.length === 0) return body ?? emptyText();
  return multipart(context, 'multipart/mixed', [...(body === undefined ? [] : [body]), ...others]);
}

function emptyText(): ComposedPart {
  return {
    fields: [
      ['Content-Type', 'text/plain; charset=us-ascii'],
      ['Content-Transfer-Encoding', '7bit'],
    ],
    content: { kind: 'text', bytes: Buffer.alloc(0) },
  };
}

function single(
  context: ComposeContext,
  value: unknown,
  property: string,
  type: string,
): ComposedPart | undefined {
  const parts = list(value, property);
  if (parts.length === 0) return undefined;
  if (parts.length > 1) throw invalidProperties([property], 'one part, or bodyStructure');
  const [part] = parts as [JsonObject];
  if (typeof part !== 'object' || part === null || (part.type != null && part.type !== type))
    throw invalidProperties([property], `its type is ${type}`);
  return composePart(context, { ...part, type }, `${property}/0`);
}

function list(value: unknown, property: string): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'object' && one !== null))
    throw invalidProperties([property]);
  return value;
}

const CRLF = Buffer.from('\r\n');
/** Whole lines of base64: 57 bytes each. */
const BASE64_BYTES = 57 * 1_024;

/** The message's bytes, a piece at a time. */
export async function* composedBytes(storage: MessageStorage, part: ComposedPart): AsyncGenerator<Buffer> {
  yield Buffer.from(`${formatFields(part.fields)}\r\n`);
  const { content } = part;
  switch (content.kind) {
    case 'text':
      yield content.bytes;
      return;
    case 'blob':
      yield* content.base64 ? base64(blobBytes(storage, content.blob)) : blobBytes(storage, content.blob);
      return;
    case 'multipart':
      for (const child of content.parts) {
        yield Buffer.from(`--${content.boundary}\r\n`);
        yield* composedBytes(storage, child);
        yield CRLF;
      }
      yield Buffer.from(`--${content.boundary}--\r\n`);
  }
}

async function* base64(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const piece of bytes) {
    const all = Buffer.concat([held, piece]);
    const whole = all.length - (all.length % BASE64_BYTES);
    if (whole > 0) yield Buffer.from(encodeBase64(all.subarray(0, whole)));
    held = Buffer.from(all.subarray(whole));
  }
  if (held.length > 0) yield Buffer.from(encodeBase64(held));
}

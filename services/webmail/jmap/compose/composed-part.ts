import type { Field } from '../../../../shared/message/compose.ts';
import { encodeWords } from '../../../../shared/message/encoded-word.ts';
import { encodeQuotedPrintable } from '../../../../shared/message/transfer-encoding.ts';
import type { FoundBlob } from '../blob/find-blob.ts';
import { type JsonObject, SetError } from '../method.ts';
import { invalidProperties } from '../set.ts';
import { headerFieldsOf } from './header-fields.ts';

/** A part of a message that is made. */
export interface ComposedPart {
  readonly fields: readonly Field[];
  readonly content:
    | { readonly kind: 'multipart'; readonly boundary: string; readonly parts: readonly ComposedPart[] }
    | { readonly kind: 'text'; readonly bytes: Buffer }
    | { readonly kind: 'blob'; readonly blob: FoundBlob; readonly base64: boolean };
}

export interface ComposeContext {
  readonly bodyValues: Readonly<Record<string, unknown>>;
  readonly blobs: ReadonlyMap<string, FoundBlob>;
  /** Unique, for a boundary. */
  readonly token: () => string;
  parts: number;
}

const MAX_PARTS = 1_000;
const MAX_DEPTH = 20;
const PART_PROPERTIES = new Set([
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'language',
  'location',
  'subParts',
]);

/** An EmailBodyPart as it is given (RFC 8621 §4.6). @param path for errors. Throws `SetError`. */
export function composePart(context: ComposeContext, part: unknown, path: string, depth = 0): ComposedPart {
  context.parts += 1;
  if (typeof part !== 'object' || part === null || context.parts > MAX_PARTS || depth > MAX_DEPTH)
    throw invalidProperties([path]);
  const given = part as JsonObject;
  const unknown = Object.keys(given).find(
    (name) => !PART_PROPERTIES.has(name) && !name.startsWith('header:'),
  );
  if (unknown !== undefined) throw invalidProperties([`${path}/${unknown}`]);
  const extra = headerFieldsOf(given);
  for (const [name] of extra) {
    const field = name.toLowerCase();
    if (NOT_TO_BE_SET.has(field)) throw invalidProperties([path], `${name} follows from the part`);
    if (given[FIELD_PROPERTIES[field] ?? ''] != null)
      throw invalidProperties([path], 'a field is there twice');
  }
  const { subParts, partId, blobId } = given;
  const type = text(given.type, path, 'type')?.toLowerCase();
  if (subParts !== undefined && subParts !== null) {
    if (!Array.isArray(subParts) || subParts.length === 0) throw invalidProperties([`${path}/subParts`]);
    if (partId != null || blobId != null)
      throw invalidProperties([path], 'a multipart has no content of its own');
    const parts = subParts.map((each, index) =>
      composePart(context, each, `${path}/subParts/${index}`, depth + 1),
    );
    return multipart(context, type ?? 'multipart/mixed', parts, extra);
  }
  if (typeof partId === 'string') return textPart(context, given, partId, type ?? 'text/plain', extra, path);
  if (typeof blobId === 'string') return blobPart(context, given, blobId, type, extra, path);
  throw invalidProperties([path], 'a part has a partId or a blobId');
}

const FIELD_PROPERTIES: Readonly<Record<string, string>> = {
  'content-type': 'type',
  'content-disposition': 'disposition',
  'content-id': 'cid',
  'content-language': 'language',
  'content-location': 'location',
};

const NOT_TO_BE_SET = new Set(['content-transfer-encoding', 'content-type']);

export function multipart(
  context: ComposeContext,
  type: string,
  parts: readonly ComposedPart[],
  extra: readonly Field[] = [],
): ComposedPart {
  if (!/^multipart\/[\w.+-]{1,60}$/.test(type))
    throw invalidProperties(['bodyStructure'], 'the type is no multipart');
  const boundary = `=_${context.token()}`;
  const related = type === 'multipart/related' ? rootType(parts[0]) : '';
  return {
    fields: [['Content-Type', `${type}; boundary="${boundary}"${related}`], ...extra],
    content: { kind: 'multipart', boundary, parts },
  };
}

/** RFC 2387 §3.1. */
function rootType(root: ComposedPart | undefined): string {
  const type = root?.fields.find(([name]) => name === 'Content-Type')?.[1].split(';')[0];
  return type === undefined ? '' : `; type="${type}"`;
}

function textPart(
  context: ComposeContext,
  given: JsonObject,
  partId: string,
  type: string,
  extra: readonly Field[],
  path: string,
): ComposedPart {
  const value = Object.hasOwn(context.bodyValues, partId)
    ? (context.bodyValues[partId] as JsonObject)
    : undefined;
  if (value === undefined || typeof value.value !== 'string')
    throw invalidProperties([`${path}/partId`], 'there is no such body value');
  if (value.isEncodingProblem === true || value.isTruncated === true)
    throw invalidProperties(['bodyValues'], 'a text that is not whole cannot be sent');
  if (!/^text\/[\w.+-]{1,60}$/.test(type))
    throw invalidProperties([`${path}/type`], 'a body value is a text');
  if (given.charset != null || given.size != null)
    throw invalidProperties([path], 'charset and size follow from the text');
  const lines = value.value.toWellFormed().replace(/\r\n|\r|\n/g, '\r\n');
  const plain = /^[\t\r\n\x20-\x7e]*$/.test(lines) && lines.split('\r\n').every((line) => line.length <= 998);
  const bytes = plain ? Buffer.from(lines) : Buffer.from(encodeQuotedPrintable(Buffer.from(lines)));
  return {
    fields: [
      ...mimeFields(given, `${type}; charset=${plain ? 'us-ascii' : 'utf-8'}`, path),
      ['Content-Transfer-Encoding', plain ? '7bit' : 'quoted-printable'],
      ...extra,
    ],
    content: { kind: 'text', bytes },
  };
}

function blobPart(
  { blobs }: ComposeContext,
  given: JsonObject,
  blobId: string,
  type: string | undefined,
  extra: readonly Field[],
  path: string,
): ComposedPart {
  const blob = blobs.get(blobId);
  if (blob === undefined) throw new SetError('blobNotFound', undefined, { notFound: [blobId] });
  const wanted = type ?? blob.type?.split(';')[0] ?? 'application/octet-stream';
  if (!/^[\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,80}$/.test(wanted)) throw invalidProperties([`${path}/type`]);
  // RFC 2046 §5.2.1: a message is not encoded.
  const base64 = wanted !== 'message/rfc822' && wanted !== 'message/global';
  const charset = text(given.charset, path, 'charset');
  if (charset !== undefined && !/^[\w.:+-]{1,60}$/.test(charset))
    throw invalidProperties([`${path}/charset`]);
  return {
    fields: [
      ...mimeFields(given, `${wanted}${charset === undefined ? '' : `; charset=${charset}`}`, path),
      ['Content-Transfer-Encoding', base64 ? 'base64' : '8bit'],
      ...extra,
    ],
    content: { kind: 'blob', blob, base64 },
  };
}

function mimeFields(given: JsonObject, type: string, path: string): Field[] {
  const name = text(given.name, path, 'name');
  const disposition = text(given.disposition, path, 'disposition');
  const cid = text(given.cid, path, 'cid');
  const location = text(given.location, path, 'location');
  const { language } = given;
  if (disposition !== undefined && !/^[\w.+-]{1,60}$/.test(disposition))
    throw invalidProperties([`${path}/disposition`]);
  if (cid !== undefined && !/^[^\s<>\0]{1,500}$/.test(cid)) throw invalidProperties([`${path}/cid`]);
  if (location !== undefined && !/^[!-~]{1,900}$/.test(location))
    throw invalidProperties([`${path}/location`]);
  const fields: Field[] = [
    ['Content-Type', `${type}${name === undefined ? '' : parameter('name', name, true)}`],
  ];
  if (disposition !== undefined || name !== undefined)
    fields.push([
      'Content-Disposition',
      `${disposition ?? 'attachment'}${name === undefined ? '' : parameter('filename', name, false)}`,
    ]);
  if (cid !== undefined) fields.push(['Content-ID', `<${cid}>`]);
  if (location !== undefined) fields.push(['Content-Location', location]);
  if (language != null) {
    if (
      !Array.isArray(language) ||
      !language.every((tag) => typeof tag === 'string' && /^[\w-]{1,60}$/.test(tag))
    )
      throw invalidProperties([`${path}/language`]);
    fields.push(['Content-Language', language.join(', ')]);
  }
  return fields;
}

/** RFC 2231 §4 where it has to be; encoded words, which many readers look for in the type's name alone. */
function parameter(name: string, value: string, words: boolean): string {
  const clean = value.replace(/[\r\n\0]+/g, ' ').toWellFormed();
  if (/^[\x20-\x7e]*$/.test(clean)) return `; ${name}="${clean.replace(/["\\]/g, '\\$&')}"`;
  if (words) return `; ${name}="${encodeWords(clean)}"`;
  const encoded = encodeURIComponent(clean).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `; ${name}*=utf-8''${encoded}`;
}

function text(value: unknown, path: string, name: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > 1_000) throw invalidProperties([`${path}/${name}`]);
  return value;
}

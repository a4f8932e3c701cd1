import { bodyViews, hasAttachment, partNumbers } from '../../../../shared/message/body-views.ts';
import { parseDate } from '../../../../shared/message/date.ts';
import { leafParts } from '../../../../shared/message/part.ts';
import type { PartStructure } from '../../../../shared/message/structure.ts';
import { LOOKED_AT_BYTES, partToShow, previewOf } from '../../../../shared/search/preview.ts';
import { zonedDate } from '../dates.ts';
import type { JsonObject } from '../method.ts';
import { bodyPart } from './body-part.ts';
import { bodyValue } from './body-values.ts';
import type { EmailProperties, EmailPropertyName } from './email-properties.ts';
import type { EmailSource } from './email-source.ts';
import {
  allHeaders,
  flatAddresses,
  headerPropertyValue,
  messageIdList,
  type ReadHeader,
  readHeader,
  text,
} from './header-forms.ts';

/** Body values of one email, all together: texts of a message are shown, not kept. Bytes. */
const MAX_VALUES_BYTES = 10_000_000;
/** Parts whose values are told. */
const MAX_VALUES = 100;

/** Whatever of the wanted properties the message itself says. @param summary what is known of it already. */
export async function messageProperties(
  source: EmailSource,
  wanted: EmailProperties,
  summary?: { readonly preview: string; readonly hasAttachment: boolean },
): Promise<JsonObject> {
  const object: JsonObject = {};
  const { structure } = source;
  let header: ReadHeader | undefined;
  const ownHeader = async (): Promise<ReadHeader> => {
    header ??= readHeader(await source.read(structure.body.headerStart, structure.body.bodyStart));
    return header;
  };
  for (const name of wanted.names) {
    const value = envelopeValue(source, name);
    if (value !== undefined) object[name] = value;
  }
  if (wanted.names.has('references')) {
    const field = {
      property: '',
      fieldName: '',
      name: 'references',
      form: 'MessageIds',
      all: false,
    } as const;
    object.references =
      structure.references.length === 0 ? null : headerPropertyValue(await ownHeader(), field);
  }
  if (wanted.names.has('headers')) object.headers = allHeaders(await ownHeader());
  for (const property of wanted.headers)
    object[property.property] = headerPropertyValue(await ownHeader(), property);
  await bodyProperties(object, source, wanted, summary);
  return object;
}

/** What the structure holds already. */
function envelopeValue({ structure: { envelope } }: EmailSource, name: EmailPropertyName): unknown {
  switch (name) {
    case 'from':
    case 'sender':
    case 'replyTo':
    case 'to':
    case 'cc':
    case 'bcc':
      return envelope[name].length === 0 ? null : flatAddresses(envelope[name]);
    case 'subject':
      return envelope.subject === null ? null : text(envelope.subject);
    case 'messageId':
      return envelope.messageId === null ? null : messageIdList(envelope.messageId);
    case 'inReplyTo':
      return envelope.inReplyTo === null ? null : messageIdList(envelope.inReplyTo);
    case 'sentAt': {
      const date = parseDate(envelope.date ?? '');
      return date === null ? null : zonedDate(date.unixMs, date.zoneMinutes);
    }
    default:
      return undefined;
  }
}

async function bodyProperties(
  object: JsonObject,
  source: EmailSource,
  wanted: EmailProperties,
  summary: { readonly preview: string; readonly hasAttachment: boolean } | undefined,
): Promise<void> {
  const { names, body } = wanted;
  const root = source.structure.body;
  const views = bodyViews(root);
  const numbers = partNumbers(root);
  if (names.has('bodyStructure')) {
    const deep = { ...body, names: [...body.names.filter((name) => name !== 'subParts'), 'subParts'] };
    object.bodyStructure = await bodyPart(source, root, numbers, deep, true);
  }
  for (const view of ['textBody', 'htmlBody', 'attachments'] as const) {
    if (!names.has(view)) continue;
    const parts: JsonObject[] = [];
    for (const part of views[view]) parts.push(await bodyPart(source, part, numbers, body, false));
    object[view] = parts;
  }
  if (names.has('hasAttachment')) object.hasAttachment = summary?.hasAttachment ?? hasAttachment(views);
  if (names.has('preview')) object.preview = summary?.preview ?? (await previewText(source));
  if (names.has('bodyValues')) {
    const parts = new Set<PartStructure>();
    if (wanted.fetchText) for (const part of views.textBody) parts.add(part);
    if (wanted.fetchHtml) for (const part of views.htmlBody) parts.add(part);
    if (wanted.fetchAll) for (const part of leafParts(root)) parts.add(part);
    object.bodyValues = await bodyValues(source, [...parts], numbers, wanted.maxBodyValueBytes);
  }
}

async function bodyValues(
  source: EmailSource,
  parts: readonly PartStructure[],
  numbers: ReadonlyMap<PartStructure, string>,
  maxBytes: number,
): Promise<JsonObject> {
  const values: JsonObject = {};
  let bytes = 0;
  // Parts of a message inside have no number of their own here: they are looked at by Email/parse.
  const texts = parts.filter((part) => part.type === 'text' && numbers.has(part));
  for (const part of texts.slice(0, MAX_VALUES)) {
    const value = await bodyValue(source, part, maxBytes);
    bytes += (value.value as string).length;
    if (bytes > MAX_VALUES_BYTES) break;
    values[numbers.get(part)!] = value;
  }
  return values;
}

async function previewText(source: EmailSource): Promise<string> {
  const part = partToShow(source.structure);
  if (part === undefined) return '';
  const stop = Math.min(part.bodyEnd, part.bodyStart + LOOKED_AT_BYTES);
  return previewOf(part, await source.read(part.bodyStart, stop), stop === part.bodyEnd);
}

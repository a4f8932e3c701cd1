import { parameterText } from '../../../../shared/message/parameter.ts';
import { partSize } from '../../../../shared/message/part.ts';
import type { PartStructure } from '../../../../shared/message/structure.ts';
import { charsetOf } from '../../../../shared/message/text.ts';
import { decodeTransfer } from '../../../../shared/message/transfer-encoding.ts';
import { decodeAnyCharset, decodeField } from '../../../../shared/search/fold.ts';
import { isEncoded } from '../blob/read-blob.ts';
import type { JsonObject } from '../method.ts';
import { MethodError } from '../method.ts';
import type { EmailSource } from './email-source.ts';
import { allHeaders, headerPropertyValue, type ReadHeader, readHeader } from './header-forms.ts';
import { type HeaderProperty, readHeaderProperty } from './header-property.ts';

/** Properties of an EmailBodyPart (RFC 8621 §4.1.4). */
const PROPERTIES = new Set([
  'partId',
  'blobId',
  'size',
  'headers',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'language',
  'location',
  'subParts',
]);

export const DEFAULT_BODY_PROPERTIES = [
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
];

/** Which properties of body parts are wanted. */
export interface BodyProperties {
  readonly names: readonly string[];
  readonly headers: readonly HeaderProperty[];
}

export function readBodyProperties(wanted: readonly string[]): BodyProperties {
  const headers: HeaderProperty[] = [];
  for (const name of wanted) {
    const header = readHeaderProperty(name);
    if (header !== undefined) headers.push(header);
    else if (!PROPERTIES.has(name)) throw new MethodError('invalidArguments', `no body property ${name}`);
  }
  return { names: wanted.filter((name) => PROPERTIES.has(name)), headers };
}

/** Below so many bytes an encoded part is decoded for its size; above, base64 is reckoned by its lines. */
const DECODED_FOR_SIZE = 65_536;

/** An EmailBodyPart. @param numbers of the parts without parts. `deep`: with subParts, where they are wanted. */
export async function bodyPart(
  source: EmailSource,
  part: PartStructure,
  numbers: ReadonlyMap<PartStructure, string>,
  { names, headers }: BodyProperties,
  deep: boolean,
): Promise<JsonObject> {
  const multipart = part.parts !== undefined;
  const object: JsonObject = {};
  let header: ReadHeader | undefined;
  const ownHeader = async (): Promise<ReadHeader> => {
    header ??= readHeader(await source.read(part.headerStart, part.bodyStart));
    return header;
  };
  for (const name of names) {
    switch (name) {
      case 'partId':
        object.partId = multipart ? null : (numbers.get(part) ?? null);
        break;
      case 'blobId':
        object.blobId = multipart ? null : source.partBlobId(part);
        break;
      case 'size':
        object.size = multipart ? 0 : await decodedSize(source, part);
        break;
      case 'headers':
        object.headers = allHeaders(await ownHeader());
        break;
      case 'name':
        object.name = partName(part);
        break;
      case 'type':
        object.type = `${part.type}/${part.subtype}`;
        break;
      case 'charset':
        object.charset = charset(part);
        break;
      case 'disposition':
        object.disposition = part.disposition?.type ?? null;
        break;
      case 'cid':
        object.cid = part.contentId === null ? null : part.contentId.trim().replace(/^<|>$/g, '');
        break;
      case 'language':
        object.language = part.language;
        break;
      case 'location':
        object.location = part.location;
        break;
      case 'subParts':
        if (!deep) object.subParts = null;
        else if (!multipart) object.subParts = null;
        break;
    }
  }
  for (const property of headers)
    object[property.property] = headerPropertyValue(await ownHeader(), property);
  if (deep && multipart) {
    const subParts: JsonObject[] = [];
    for (const child of part.parts!)
      subParts.push(await bodyPart(source, child, numbers, { names, headers }, true));
    object.subParts = subParts;
  }
  return object;
}

/** RFC 8621 §4.1.4: the file name of the disposition, else the name of the type. */
export function partName(part: PartStructure): string | null {
  const name =
    parameterText(part.disposition?.parameters ?? [], 'filename', decodeAnyCharset) ??
    parameterText(part.parameters, 'name', decodeAnyCharset);
  return name === null ? null : decodeField(name).normalize('NFC').toWellFormed();
}

function charset(part: PartStructure): string | null {
  if (part.type !== 'text') return null;
  const named = part.parameters.find(({ name }) => name === 'charset')?.value;
  return named ?? charsetOf(part);
}

async function decodedSize(source: EmailSource, part: PartStructure): Promise<number> {
  const bytes = partSize(part);
  if (!isEncoded(part) || bytes === 0) return bytes;
  if (bytes <= DECODED_FOR_SIZE || part.encoding !== 'base64')
    return decodeTransfer(await source.read(part.bodyStart, part.bodyEnd), part.encoding).length;
  // Whole lines of base64: what is not a line end is four characters for three bytes.
  const tail = (await source.read(Math.max(part.bodyStart, part.bodyEnd - 8), part.bodyEnd)).toString(
    'latin1',
  );
  const padding = /={0,2}\s*$/.exec(tail)![0].trim().length;
  const characters = bytes - 2 * Math.max(0, part.lines - (tail.endsWith('\n') ? 0 : 1));
  return Math.max(0, Math.floor(characters / 4) * 3 - padding);
}

import { type Field, formatAddress } from '../../../../shared/message/compose.ts';
import { formatDate } from '../../../../shared/message/date.ts';
import { encodeWords } from '../../../../shared/message/encoded-word.ts';
import { readDate } from '../dates.ts';
import type { HeaderForm } from '../email/header-property.ts';
import { readHeaderProperty } from '../email/header-property.ts';
import { type JsonObject, MethodError, type SetError } from '../method.ts';
import { invalidProperties } from '../set.ts';

/** Convenience properties of an Email that is made: the field and its form. */
const PROPERTIES: Readonly<Record<string, readonly [string, HeaderForm]>> = {
  messageId: ['Message-ID', 'MessageIds'],
  inReplyTo: ['In-Reply-To', 'MessageIds'],
  references: ['References', 'MessageIds'],
  sender: ['Sender', 'Addresses'],
  from: ['From', 'Addresses'],
  to: ['To', 'Addresses'],
  cc: ['Cc', 'Addresses'],
  bcc: ['Bcc', 'Addresses'],
  replyTo: ['Reply-To', 'Addresses'],
  subject: ['Subject', 'Text'],
  sentAt: ['Date', 'Date'],
};

export const HEADER_PROPERTIES: readonly string[] = Object.keys(PROPERTIES);

const MAX_TEXT = 50_000;
const MAX_ENTRIES = 2_000;

/** The header fields that an object names (RFC 8621 §4.6). Throws `SetError`: invalidProperties. */
export function headerFieldsOf(object: JsonObject): Field[] {
  const fields: Field[] = [];
  const seen = new Set<string>();
  const add = (property: string, name: string, form: HeaderForm, value: unknown): void => {
    if (seen.has(name.toLowerCase())) throw invalidProperties([property], 'the field is there twice');
    seen.add(name.toLowerCase());
    fields.push([name, formatValue(property, form, value)]);
  };
  for (const [property, value] of Object.entries(object)) {
    const known = Object.hasOwn(PROPERTIES, property) ? PROPERTIES[property] : undefined;
    if (known !== undefined) {
      if (value !== null) add(property, known[0], known[1], value);
      continue;
    }
    if (!property.startsWith('header:')) continue;
    const header = read(property);
    if (value === null) continue;
    if (!header.all) add(property, header.fieldName, header.form, value);
    else {
      if (!Array.isArray(value) || value.length > MAX_ENTRIES) throw invalidProperties([property]);
      if (seen.has(header.name)) throw invalidProperties([property], 'the field is there twice');
      seen.add(header.name);
      for (const one of value) fields.push([header.fieldName, formatValue(property, header.form, one)]);
    }
  }
  return fields;
}

function read(property: string) {
  try {
    return readHeaderProperty(property)!;
  } catch (error) {
    if (error instanceof MethodError) throw invalidProperties([property], error.message);
    throw error;
  }
}

function formatValue(property: string, form: HeaderForm, value: unknown): string {
  const wrong = (): SetError => invalidProperties([property]);
  switch (form) {
    case 'Raw':
      if (typeof value !== 'string' || value.length > MAX_TEXT) throw wrong();
      return value;
    case 'Text':
      if (typeof value !== 'string' || value.length > MAX_TEXT) throw wrong();
      return encodeWords(oneLine(value));
    case 'Date': {
      const date = typeof value === 'string' ? readDate(value) : undefined;
      if (date === undefined) throw wrong();
      return formatDate(date.unixMs, date.zoneMinutes);
    }
    case 'MessageIds':
      return strings(value, wrong)
        .map((id) => {
          if (!/^[^\s<>\0]{1,900}$/.test(id)) throw wrong();
          return `<${id}>`;
        })
        .join(' ');
    case 'URLs':
      return strings(value, wrong)
        .map((url) => {
          if (!/^[^\s<>\0]{1,900}$/.test(url)) throw wrong();
          return `<${url}>`;
        })
        .join(', ');
    case 'Addresses':
      return entries(value, wrong)
        .map((entry) => addressText(entry, wrong))
        .join(', ');
    case 'GroupedAddresses':
      return entries(value, wrong)
        .map(({ name, addresses }) => {
          const list = entries(addresses, wrong)
            .map((entry) => addressText(entry, wrong))
            .join(', ');
          if (name === null || name === undefined) return list;
          if (typeof name !== 'string') throw wrong();
          return `${phrase(name)}: ${list};`;
        })
        .join(', ');
  }
}

function strings(value: unknown, wrong: () => SetError): string[] {
  if (!Array.isArray(value) || value.length > MAX_ENTRIES) throw wrong();
  if (!value.every((one): one is string => typeof one === 'string')) throw wrong();
  return value;
}

function entries(value: unknown, wrong: () => SetError): JsonObject[] {
  if (!Array.isArray(value) || value.length > MAX_ENTRIES) throw wrong();
  if (!value.every((one): one is JsonObject => typeof one === 'object' && one !== null)) throw wrong();
  return value;
}

function addressText({ name, email }: JsonObject, wrong: () => SetError): string {
  if (
    typeof email !== 'string' ||
    !/^[^\s<>()[\]\\,;:"\0]{1,900}$|^"[^"\\\r\n\0]{1,300}"@[^\s<>\0]{1,300}$/.test(email)
  )
    throw wrong();
  if (name === null || name === undefined) return email;
  if (typeof name !== 'string' || name.length > 1_000) throw wrong();
  const shown = oneLine(name);
  const encoded = encodeWords(shown);
  return encoded === shown ? formatAddress(shown, email) : `${encoded} <${email}>`;
}

function phrase(name: string): string {
  const shown = oneLine(name);
  const encoded = encodeWords(shown);
  if (encoded !== shown) return encoded;
  return /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(shown) ? shown : `"${shown.replace(/["\\]/g, '\\$&')}"`;
}

const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ').trim();

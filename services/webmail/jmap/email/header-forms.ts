import { parseAddressList } from '../../../../shared/message/address.ts';
import { decodeRaw } from '../../../../shared/message/charset.ts';
import { parseDate } from '../../../../shared/message/date.ts';
import { type HeaderField, headerFields, trimBlanks, unfold } from '../../../../shared/message/header.ts';
import type { Address } from '../../../../shared/message/structure.ts';
import { decodeField } from '../../../../shared/search/fold.ts';
import { zonedDate } from '../dates.ts';
import type { HeaderForm, HeaderProperty } from './header-property.ts';

export interface EmailAddress {
  readonly name: string | null;
  readonly email: string;
}

interface AddressGroup {
  readonly name: string | null;
  readonly addresses: readonly EmailAddress[];
}

/** A header that was read, with its fields. */
export interface ReadHeader {
  readonly bytes: Buffer;
  readonly fields: readonly HeaderField[];
}

export function readHeader(bytes: Buffer): ReadHeader {
  return { bytes, fields: headerFields(bytes) };
}

/** The value of a header property: of the last such field, or of all (RFC 8621 §4.1.3). */
export function headerPropertyValue(header: ReadHeader, { name, form, all }: HeaderProperty): unknown {
  const values = header.fields.filter((field) => field.name === name).map((field) => rawValue(header, field));
  if (all) return values.map((value) => inForm(value, form));
  const last = values.at(-1);
  return last === undefined ? null : inForm(last, form);
}

/** `headers`: every field, in order, raw. */
export function allHeaders(header: ReadHeader): { name: string; value: string }[] {
  return header.fields.map((field) => ({
    name: header.bytes.toString('latin1', field.nameStart, field.valueStart - 1).trimEnd(),
    value: inForm(rawValue(header, field), 'Raw') as string,
  }));
}

/** Latin1, without the line end behind it. */
function rawValue({ bytes }: ReadHeader, field: HeaderField): string {
  let { end } = field;
  if (end > field.valueStart && bytes[end - 1] === 10) end -= 1;
  if (end > field.valueStart && bytes[end - 1] === 13) end -= 1;
  return bytes.toString('latin1', field.valueStart, end);
}

/** @param raw latin1, folded as it was sent. */
export function inForm(raw: string, form: HeaderForm): unknown {
  if (form === 'Raw') return Buffer.from(raw, 'latin1').toString('utf8').replaceAll('\0', '\ufffd');
  const value = trimBlanks(unfold(raw));
  switch (form) {
    case 'Text':
      return text(value);
    case 'Addresses':
      return flatAddresses(parseAddressList(value));
    case 'GroupedAddresses':
      return groupedAddresses(parseAddressList(value));
    case 'MessageIds':
      return messageIdList(value);
    case 'Date':
      return dateValue(value);
    case 'URLs':
      return urls(value);
  }
}

/** Decoded (RFC 2047), in NFC (RFC 8621 §4.1.2.2). @param value latin1. */
export function text(value: string): string {
  return trimBlanks(decodeField(value)).replaceAll('\0', '').normalize('NFC').toWellFormed();
}

/** Members of groups too, without their groups. */
export function flatAddresses(list: readonly Address[]): EmailAddress[] {
  return list.filter(({ host }) => host !== null).map(emailAddress);
}

export function groupedAddresses(list: readonly Address[]): AddressGroup[] {
  const groups: { name: string | null; addresses: EmailAddress[] }[] = [];
  let open: { name: string | null; addresses: EmailAddress[] } | undefined;
  let inGroup = false;
  for (const one of list) {
    if (one.host === null) {
      inGroup = one.mailbox !== null;
      open = undefined;
      if (inGroup) {
        open = { name: text(one.mailbox!), addresses: [] };
        groups.push(open);
      }
      continue;
    }
    if (open === undefined) {
      open = { name: null, addresses: [] };
      groups.push(open);
    }
    open.addresses.push(emailAddress(one));
  }
  return groups;
}

function emailAddress({ name, mailbox, host }: Address): EmailAddress {
  const shown = name === null ? '' : text(name);
  const email = `${mailbox ?? ''}${host ? `@${host}` : ''}`;
  return { name: shown === '' ? null : shown, email: decodeRaw(email).toWellFormed() };
}

/** Null when it is none. */
export function messageIdList(value: string): string[] | null {
  const ids = [...value.matchAll(/<([^<>\s]{1,998})>/g)].map((match) => decodeRaw(match[1]!));
  return ids.length === 0 ? null : ids;
}

function dateValue(value: string): string | null {
  const date = parseDate(value);
  return date === null ? null : zonedDate(date.unixMs, date.zoneMinutes);
}

function urls(value: string): string[] | null {
  const found = [...value.matchAll(/<([^<>]{1,4096})>/g)].map((match) => match[1]!.replace(/\s+/g, ''));
  return found.length === 0 ? null : found.map(decodeRaw);
}

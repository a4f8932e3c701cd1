import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1: octets of a local part, a domain, and of a path without its angle brackets. */
const MAX_LOCAL_BYTES = 64;
const MAX_DOMAIN_BYTES = 255;
const MAX_LABEL_BYTES = 63;
export const MAX_ADDRESS_BYTES = 254;

export interface AddressParts {
  /** As given, unquoted when the quotes were not needed. */
  readonly local: string;
  /** Lower case, without a final dot, U-labels as A-labels (RFC 5890): the form in which DNS and every server know it. */
  readonly domain: string;
}

const ATOM_CHARACTER = /^[a-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+$/iu;
const LABEL = /^[a-z0-9](?:[a-z0-9\-_]*[a-z0-9])?$/;

/** A Mailbox of RFC 5321 §4.1.2 (RFC 6531: in UTF-8) cut at its last `@`; undefined when it is none. */
export function splitAddress(address: string): AddressParts | undefined {
  const at = address.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = readLocalPart(address.slice(0, at));
  const domain = readDomain(address.slice(at + 1));
  return local === undefined || domain === undefined ? undefined : { local, domain };
}

/** The directory's key of an address: lower case, NFC; undefined when it is no address. */
export function addressKey(address: string): string | undefined {
  const parts = splitAddress(address);
  return parts && `${foldLocalPart(parts.local)}@${parts.domain}`;
}

/** The key of an alias address, which may also be a catch-all, `@domain`. */
export function aliasKey(address: string): string | undefined {
  if (!address.startsWith('@')) return addressKey(address);
  const domain = readDomain(address.slice(1));
  return domain === undefined || domain.startsWith('[') ? undefined : `@${domain}`;
}

/** Local parts are compared without case (RFC 5321 §2.4 leaves it to the receiving host). */
export function foldLocalPart(local: string): string {
  return local.normalize('NFC').toLowerCase();
}

/** `alice` of `alice+lists`; undefined when there is no detail (RFC 5233). `separators`: characters, the first one found counts. */
export function withoutDetail(local: string, separators = '+'): string | undefined {
  const at = [...separators].map((separator) => local.indexOf(separator, 1)).filter((found) => found > 0);
  return at.length > 0 ? local.slice(0, Math.min(...at)) : undefined;
}

/** A domain in lower case and A-labels, or an address literal; undefined when it is neither. */
export function readDomain(text: string): string | undefined {
  const domain = asciiDomain(text).toLowerCase().replace(/\.$/, '');
  if (domain.length === 0 || Buffer.byteLength(domain) > MAX_DOMAIN_BYTES) return undefined;
  if (domain.startsWith('[')) return /^\[[a-z0-9.:-]+\]$/.test(domain) ? domain : undefined;
  const labels = domain.split('.');
  return labels.every((label) => Buffer.byteLength(label) <= MAX_LABEL_BYTES && LABEL.test(label))
    ? domain
    : undefined;
}

/** '' for what is no internationalized domain name (RFC 5891, by UTS #46). */
function asciiDomain(text: string): string {
  return /[^\u0000-\u007f]/.test(text) ? domainToASCII(text) : text;
}

function readLocalPart(text: string): string | undefined {
  const local = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? unquote(text) : text;
  if (Buffer.byteLength(local) > MAX_LOCAL_BYTES) return undefined;
  if (local.split('.').every((atom) => ATOM_CHARACTER.test(atom))) return local;
  return isQuotedString(text) ? text : undefined;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gu, '$1');
}

function isQuotedString(text: string): boolean {
  return /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u.test(text);
}

import { MAX_PATH_BYTES } from './server-limits.ts';

/** A path of RFC 5321 §4.1.2, and where the text goes on after it. */
export interface ParsedPath {
  /** `local@domain` without source route; '' for `<>`; a bare local part when no domain was given. */
  readonly address: string;
  readonly end: number;
}

/** RFC 5321 §4.5.3.1.2. */
const MAX_DOMAIN_BYTES = 255;
/** RFC 1035 §2.3.4. */
const MAX_LABEL_BYTES = 63;
/** RFC 6531 §3.3 adds UTF-8 to atoms, quoted strings and labels. */
const ATOM = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\u00a0-\u{10ffff}]*/uy;
const DOMAIN =
  /[A-Za-z0-9_\u00a0-\u{10ffff}](?:[A-Za-z0-9_\-\u00a0-\u{10ffff}]*)(?:\.[A-Za-z0-9_\u00a0-\u{10ffff}][A-Za-z0-9_\-\u00a0-\u{10ffff}]*)*/uy;
const LITERAL = /\[(?:IPv6:([0-9A-Fa-f:.]{2,45})|(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3}))\]/iy;
const QUOTED = /"(?:[ !#-[\]-~\u00a0-\u{10ffff}]|\\[ -~])*"/uy;

/**
 * Reads a path at `start`, with angle brackets or, as people type it, without:
 *
 *   Path = "<" [ A-d-l ":" ] Mailbox ">"    Mailbox = Local-part "@" ( Domain / address-literal )
 *
 * Source routes are dropped (RFC 5321 §3.6.1, appendix C). undefined: no path.
 */
export function parsePath(text: string, start: number): ParsedPath | undefined {
  let at = start;
  const bracketed = text[at] === '<';
  if (bracketed) at++;
  if (bracketed && text[at] === '>') return { address: '', end: at + 1 };
  const route = skipSourceRoute(text, at);
  if (route === undefined) return undefined;
  const local = readLocalPart(text, route);
  if (local === undefined) return undefined;
  let { address, end } = local;
  if (text[end] === '@') {
    const domain = readDomain(text, end + 1);
    if (domain === undefined) return undefined;
    address += `@${domain}`;
    end += 1 + domain.length;
  }
  if (bracketed && text[end++] !== '>') return undefined;
  if (end < text.length && text[end] !== ' ') return undefined;
  return Buffer.byteLength(text.slice(start, end)) > MAX_PATH_BYTES ? undefined : { address, end };
}

/** Where the path begins after `FROM:` or `TO:` and spaces; undefined: the keyword is not there, or nothing after it. */
export function afterKeyword(argument: string, keyword: string): number | undefined {
  if (argument.slice(0, keyword.length).toUpperCase() !== keyword) return undefined;
  let at = keyword.length;
  while (argument[at] === ' ') at++;
  return at === argument.length ? undefined : at;
}

export function hasDomain(address: string): boolean {
  const at = address.lastIndexOf('@');
  return at > 0 && !address.endsWith('"');
}

/** The domain of a path in lower case, '' when it has none. */
export function domainOf(path: string): string {
  return path.slice(path.lastIndexOf('@') + 1 || path.length).toLowerCase();
}

/** A Domain or address literal, at `start`; undefined: neither. */
export function readDomain(text: string, start: number): string | undefined {
  if (text[start] === '[') return readLiteral(text, start);
  const domain = match(DOMAIN, text, start);
  if (domain === undefined || Buffer.byteLength(domain) > MAX_DOMAIN_BYTES) return undefined;
  return domain.split('.').every((label) => Buffer.byteLength(label) <= MAX_LABEL_BYTES) ? domain : undefined;
}

function readLiteral(text: string, start: number): string | undefined {
  LITERAL.lastIndex = start;
  const found = LITERAL.exec(text);
  if (!found) return undefined;
  if (found[1] !== undefined) return isIpv6(found[1]) ? found[0] : undefined;
  return found.slice(2).every((octet) => Number(octet) <= 255) ? found[0] : undefined;
}

function isIpv6(text: string): boolean {
  const groups = text.split(':');
  const full = text.includes('.') ? 7 : 8;
  const compressed = text.split('::').length;
  if (text.includes(':::') || compressed > 2) return false;
  return groups.every((group) => group.length <= 4 || group.includes('.')) && compressed === 2
    ? groups.length <= full + 1
    : groups.length === full && !groups.includes('');
}

/** `@one,@two:` is passed over; undefined: a route that is none. */
function skipSourceRoute(text: string, start: number): number | undefined {
  let at = start;
  if (text[at] !== '@') return at;
  for (;;) {
    const domain = text[at] === '@' ? readDomain(text, at + 1) : undefined;
    if (domain === undefined) return undefined;
    at += 1 + domain.length;
    if (text[at] === ':') return at + 1;
    if (text[at++] !== ',') return undefined;
  }
}

function readLocalPart(text: string, start: number): ParsedPath | undefined {
  if (text[start] === '"') return readQuoted(text, start);
  const address = match(ATOM, text, start);
  if (!address || !isDotString(address)) return undefined;
  return { address, end: start + address.length };
}

/** Quotes that are not needed are dropped: RFC 5321 §4.1.2 has both forms mean the same. */
function readQuoted(text: string, start: number): ParsedPath | undefined {
  const quoted = match(QUOTED, text, start);
  if (quoted === undefined || quoted.length < 3) return undefined;
  const end = start + quoted.length;
  const content = quoted.slice(1, -1).replace(/\\(.)/g, '$1');
  if (match(ATOM, content, 0)?.length === content.length && isDotString(content))
    return { address: content, end };
  return { address: `"${content.replace(/["\\]/g, '\\$&')}"`, end };
}

function isDotString(text: string): boolean {
  return !text.startsWith('.') && !text.endsWith('.') && !text.includes('..');
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

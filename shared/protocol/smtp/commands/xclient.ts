import { isIpv4, isIpv6 } from '../../ip-address.ts';
import { readDomain } from '../path.ts';
import { replies } from '../server-replies.ts';
import { fromXtext, isXtext } from '../xtext.ts';
import type { Command } from './command.ts';

/**
 * What a proxy says of the client it stands for (Postfix, XCLIENT_README). undefined: it did not say; null: it says that it
 * does not know.
 */
export interface XclientAttributes {
  /** The client's host name, verified by the proxy. */
  name?: string | null;
  address?: string | null;
  port?: number | null;
  /** What the client connected to. */
  destinationAddress?: string | null;
  destinationPort?: number | null;
  helo?: string | null;
  /** Who logged in at the proxy. */
  login?: string | null;
}

type Read = (value: string | null, into: XclientAttributes) => boolean;

const ATTRIBUTES: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['NAME', (value, into) => setText(into, 'name', value, isDomain)],
  ['ADDR', (value, into) => setAddress(into, 'address', value)],
  ['PORT', (value, into) => setPort(into, 'port', value)],
  ['PROTO', (value) => value === null || /^E?SMTP$/i.test(value)],
  ['HELO', (value, into) => setText(into, 'helo', value, isDomain)],
  ['LOGIN', (value, into) => setText(into, 'login', value, (login) => login !== '')],
  ['DESTADDR', (value, into) => setAddress(into, 'destinationAddress', value)],
  ['DESTPORT', (value, into) => setPort(into, 'destinationPort', value)],
]);

/** As EHLO shows it to those who may say it. */
export const XCLIENT_KEYWORD = `XCLIENT ${[...ATTRIBUTES.keys()].join(' ')}`;

/** `XCLIENT 1*( SP attribute=value )`: the session begins anew, as that client's. */
export const xclient: Command = (server, { argument }) => {
  if (!server.options.xclient) return server.wrong(replies.xclientDenied);
  if (server.transaction !== undefined) return server.wrong(replies.notInTransaction);
  const attributes: XclientAttributes = {};
  if (argument === '') return server.wrong(replies.argumentMissing);
  for (const word of argument.split(/ +/)) {
    const equals = word.indexOf('=');
    const read = ATTRIBUTES.get(word.slice(0, Math.max(equals, 0)).toUpperCase());
    const value = word.slice(equals + 1);
    if (read === undefined || !isValue(value) || !read(decoded(value), attributes))
      return server.wrong(replies.xclientSyntax);
  }
  return server.ask('xclient', { type: 'xclient', attributes });
};

const isUnknown = (value: string): boolean => /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i.test(value);
const isValue = (value: string): boolean => isUnknown(value) || (value !== '' && isXtext(value));
const decoded = (value: string): string | null => (isUnknown(value) ? null : fromXtext(value));

const isDomain = (value: string): boolean => readDomain(value, 0)?.length === value.length;

function setText(
  into: XclientAttributes,
  key: 'name' | 'helo' | 'login',
  value: string | null,
  holds: (value: string) => boolean,
): boolean {
  into[key] = value;
  return value === null || (!hasControl(value) && holds(value));
}

/** xtext can carry any octet. */
function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const octet = value.charCodeAt(i);
    if (octet < 32 || octet === 127) return true;
  }
  return false;
}

function setAddress(
  into: XclientAttributes,
  key: 'address' | 'destinationAddress',
  value: string | null,
): boolean {
  const address = value?.replace(/^IPV6:/i, '') ?? null;
  into[key] = address;
  return address === null || isIpv4(address) || isIpv6(address);
}

function setPort(into: XclientAttributes, key: 'port' | 'destinationPort', value: string | null): boolean {
  into[key] = value === null ? null : Number(value);
  return value === null || (/^\d{1,5}$/.test(value) && Number(value) <= 65_535);
}

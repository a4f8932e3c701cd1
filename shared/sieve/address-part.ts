import { parseAddressList } from '../message/address.ts';
import { decodeRaw } from '../message/charset.ts';
import type { ArgumentReader } from './arguments.ts';
import type { SieveField } from './header.ts';

/** `:all` `:localpart` `:domain` (RFC 5228 §2.7.4), `:user` `:detail` (RFC 5233 §4). Null: the address has no such part. */
export type AddressPart = (address: string, separators: string) => string | null;

const PARTS: Readonly<Record<string, AddressPart>> = {
  all: (address) => address,
  localpart: (address) => split(address).local,
  domain: (address) => split(address).domain,
  user: (address, separators) => {
    const { local } = split(address);
    const at = separatorIn(local, separators);
    return at < 0 ? local : local.slice(0, at);
  },
  detail: (address, separators) => {
    const { local } = split(address);
    const at = separatorIn(local, separators);
    return at < 0 ? null : local.slice(at + 1);
  },
};

export function readAddressPart(read: ArgumentReader): AddressPart {
  const name = read.oneOf(['all', 'localpart', 'domain', 'user', 'detail']) ?? 'all';
  if (name === 'user' || name === 'detail') read.need('subaddress');
  return PARTS[name]!;
}

/** Where the first of them is, as mail is delivered by it: not at the beginning. -1: nowhere. */
function separatorIn(local: string, separators: string): number {
  const found = [...separators].map((separator) => local.indexOf(separator, 1)).filter((at) => at > 0);
  return found.length > 0 ? Math.min(...found) : -1;
}

function split(address: string): { local: string; domain: string } {
  const at = address.lastIndexOf('@');
  return at < 0
    ? { local: address, domain: '' }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** `local@domain` of each address in a field; groups' names are none. */
export function addressesIn(field: SieveField): string[] {
  return parseAddressList(field.value).flatMap(({ mailbox, host }) =>
    mailbox === null || host === null ? [] : [decodeRaw(host === '' ? mailbox : `${mailbox}@${host}`)],
  );
}

import { addressKey, splitAddress } from '../account/address.ts';

/**
 * Who an entry of an access control list is for (RFC 4314 §2): an address, which is an account, or an alias, and then
 * stands for the accounts that are its direct targets; `anyone`, which stands for the accounts of the owner's domain.
 * With `-` before it, the entry takes rights away.
 *
 * Stored as written here, but for `anyone`, which is stored as `@<domain of the owner>`: so that whoever looks for what
 * is shared with an account asks for exact names.
 */
const ANYONE = 'anyone';

/** The stored form of what a client wrote; undefined: neither an address nor `anyone`. */
export function readIdentifier(text: string, ownerAddress: string): string | undefined {
  const negative = text.startsWith('-') ? '-' : '';
  const who = text.slice(negative.length);
  const stored = who.toLowerCase() === ANYONE ? groupOfDomain(ownerAddress) : addressKey(who);
  return stored === undefined ? undefined : negative + stored;
}

export function tellIdentifier(stored: string): string {
  if (stored.startsWith('-')) return `-${tellIdentifier(stored.slice(1))}`;
  return stored.startsWith('@') ? ANYONE : stored;
}

/** The stored form of `anyone` for owners of the same domain as this address. */
export function groupOfDomain(address: string): string {
  return `@${splitAddress(address)?.domain ?? ''}`;
}

import type { EmailAddress } from '../jmap/types.ts';

export const displayName = ({ name, email }: EmailAddress): string => name?.trim() || email;

export function formatAddress({ name, email }: EmailAddress): string {
  if (!name?.trim()) return email;
  const plain = /^[^\s"(),.:;<>@[\]\\][^"(),.:;<>@[\]\\]*$/.test(name);
  return `${plain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${email}>`;
}

/** What was typed or pasted: addresses with commas, semicolons or lines between. A name may be quoted. */
export function parseAddresses(input: string): readonly EmailAddress[] {
  const found: EmailAddress[] = [];
  let quoted = false;
  let bracket = false;
  let current = '';
  const flush = (): void => {
    const one = parseAddress(current);
    if (one) found.push(one);
    current = '';
  };
  for (let at = 0; at < input.length; at++) {
    const character = input[at]!;
    if (character === '\\' && quoted) {
      current += character + (input[++at] ?? '');
      continue;
    }
    if (character === '"') quoted = !quoted;
    else if (character === '<' && !quoted) bracket = true;
    else if (character === '>' && !quoted) bracket = false;
    if ((character === ',' || character === ';' || character === '\n') && !quoted && !bracket) flush();
    else current += character;
  }
  flush();
  return found;
}

function parseAddress(input: string): EmailAddress | undefined {
  const text = input.trim();
  if (text === '') return undefined;
  const open = text.lastIndexOf('<');
  if (open >= 0 && text.endsWith('>')) {
    const name = text.slice(0, open).trim();
    const unquoted = name.startsWith('"') && name.endsWith('"') && name.length > 1 ? name.slice(1, -1) : name;
    return { name: unquoted.replace(/\\(.)/g, '$1') || null, email: text.slice(open + 1, -1).trim() };
  }
  return { name: null, email: text };
}

/** Enough to see a slip of the pen; whether it is an address, servers say. */
export function isAddress(email: string): boolean {
  const at = email.lastIndexOf('@');
  return at > 0 && at < email.length - 1 && !/[\s<>,;]/.test(email);
}

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Each address once, in the order given, without those of `others`. */
export function uniqueAddresses(
  addresses: readonly EmailAddress[],
  others: readonly string[] = [],
): readonly EmailAddress[] {
  const seen = new Set(others.map((email) => email.toLowerCase()));
  return addresses.filter(({ email }) => {
    const key = email.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Two letters for a round picture. */
export function initials(address: EmailAddress | undefined): string {
  if (!address) return '?';
  const words = displayName(address)
    .split(/[\s.@_-]+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const [first, last] = address.name?.trim()
    ? [words[0], words.length > 1 ? words.at(-1) : undefined]
    : [words[0], undefined];
  return ([...(first ?? '?')][0]! + (last ? [...last][0]! : '')).toUpperCase();
}

/** A hue of its own for each address, always the same. */
export function hueOf(email: string): number {
  let hash = 0;
  for (const character of email.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return hash % 12;
}

import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Sender Rewriting Scheme: a message that is forwarded leaves with a reverse-path of ours, so that SPF holds for it, and what
 * comes back to that is signed, and goes to the one who sent it first.
 *
 *   SRS0=hash=day=domain=local@ours     for what came from `local@domain`
 *   SRS1=hash=domain==rest@ours         for what came from `SRS0=rest@domain`, which is not wrapped once more
 */

/** How long a bounce may take: longer than any server keeps trying. */
const VALID_DAYS = 21;
const DAYS = 1024;
const DAY_MS = 86_400_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HASH_LENGTH = 8;
/** RFC 5321 §4.5.3.1.3, without angle brackets. A local part over 64 octets is usual for SRS, and taken by servers. */
const MAX_PATH = 254;

const SRS0 = /^SRS0[=+-](.+)$/i;
const SRS1 = /^SRS1[=+-]([A-Z2-7]{8})=([^=@]+)=([=+-].+)$/i;
const SIGNED = /^([A-Z2-7]{8})=([A-Z2-7]{2})=([^=@]+)=(.+)$/i;
/** What can stand in a local part without quotes. */
const DOT_ATOM = /^[a-z0-9!#$%&'*+\-/=?^_`{|}~.\u0080-\u{10ffff}]+$/iu;

/** The local part looks like one of ours; whether it is, `readSrs` says. */
export function isSrs(local: string): boolean {
  return SRS0.test(local) || SRS1.test(local);
}

/** `local@domain` as a reverse-path in `ours`; undefined when that makes no path. `now` in Unix milliseconds. */
export function makeSrs(
  { local, domain }: { readonly local: string; readonly domain: string },
  ours: string,
  key: Uint8Array,
  now: number,
): string | undefined {
  if (!DOT_ATOM.test(local)) return undefined;
  const first = SRS0.exec(local);
  const again = SRS1.exec(local);
  let made: string;
  if (again) made = wrapped(again[2]!, again[3]!, key);
  else if (first) made = wrapped(domain, local.slice(4), key);
  else {
    const rest = `${dayOf(now)}=${domain}=${local}`;
    made = `SRS0=${sign(rest, key)}=${rest}`;
  }
  const path = `${made}@${ours}`;
  return Buffer.byteLength(path) > MAX_PATH ? undefined : path;
}

/** Who is behind a local part that `makeSrs` made; undefined when it did not, or too long ago. */
export function readSrs(local: string, key: Uint8Array, now: number): string | undefined {
  const again = SRS1.exec(local);
  if (again) {
    const [, hash, domain, rest] = again as unknown as [string, string, string, string];
    return isSigned(`${domain}=${rest}`, hash, key) ? `SRS0${rest}@${domain}` : undefined;
  }
  const parts = SIGNED.exec(SRS0.exec(local)?.[1] ?? '');
  if (!parts) return undefined;
  const [, hash, day, domain, first] = parts as unknown as [string, string, string, string, string];
  if (!isSigned(`${day}=${domain}=${first}`, hash, key) || !isFresh(day, now)) return undefined;
  return `${first}@${domain}`;
}

function wrapped(domain: string, rest: string, key: Uint8Array): string {
  const hash = sign(`${domain}=${rest}`, key);
  return `SRS1=${hash}=${domain}=${rest}`;
}

/** Without case, as some servers do not keep it: five bits a letter. */
function sign(text: string, key: Uint8Array): string {
  const digest = createHmac('sha256', key).update(text.toLowerCase()).digest();
  return Array.from(digest.subarray(0, HASH_LENGTH), (octet) => BASE32[octet & 31]).join('');
}

function isSigned(text: string, hash: string, key: Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(sign(text, key)), Buffer.from(hash.toUpperCase()));
}

function dayOf(now: number): string {
  const day = Math.floor(now / DAY_MS) % DAYS;
  return `${BASE32[day >> 5]}${BASE32[day & 31]}`;
}

function isFresh(text: string, now: number): boolean {
  const [high = '', low = ''] = text.toUpperCase();
  const day = (BASE32.indexOf(high) << 5) | BASE32.indexOf(low);
  return (Math.floor(now / DAY_MS) - day + 2 * DAYS) % DAYS <= VALID_DAYS;
}

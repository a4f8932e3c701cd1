import { crc32c } from './crc32c.ts';
import type { ProxyHeader, ProxyRead } from './header.ts';

export const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

const FIXED_BYTES = 16;
/** The addresses, and extensions (TLVs) of every kind there is with room to spare. */
const MAX_LENGTH = 4_096;

const LOCAL = 0x20;
const PROXY = 0x21;

/** Address family and transport: addresses of so many octets, of streams. */
const FAMILIES: Readonly<Record<number, number>> = { 17: 4, 33: 16 };
/** The proxy does not know, or was reached by a Unix socket. */
const WITHOUT_ADDRESS = new Set([0x00, 0x31]);

const TLV_CRC32C = 0x03;
const TLV_HEAD_BYTES = 3;
const CRC_BYTES = 4;

/** PROXY protocol §2.2. Extensions are passed over, but for a checksum: one that is there must be right. */
export function readVersion2(bytes: Buffer): ProxyRead {
  if (bytes.length < FIXED_BYTES) return 'need-data';
  const command = bytes[12]!;
  const family = bytes[13]!;
  const length = FIXED_BYTES + bytes.readUInt16BE(14);
  if (length > FIXED_BYTES + MAX_LENGTH || (command !== LOCAL && command !== PROXY)) return 'malformed';
  if (bytes.length < length) return 'need-data';
  const whole = bytes.subarray(0, length);
  if (command === LOCAL || WITHOUT_ADDRESS.has(family)) return { header: { kind: 'local' }, length };
  const octets = FAMILIES[family];
  if (octets === undefined) return 'malformed';
  const extensions = FIXED_BYTES + 2 * octets + 4;
  if (length < extensions || !extensionsHold(whole, extensions)) return 'malformed';
  return { header: addresses(whole, octets), length };
}

function addresses(whole: Buffer, octets: number): ProxyHeader {
  const ports = FIXED_BYTES + 2 * octets;
  const address = (at: number) => format(whole.subarray(at, at + octets));
  return {
    kind: 'proxied',
    source: { address: address(FIXED_BYTES), port: whole.readUInt16BE(ports) },
    destination: { address: address(FIXED_BYTES + octets), port: whole.readUInt16BE(ports + 2) },
  };
}

function extensionsHold(whole: Buffer, start: number): boolean {
  let at = start;
  while (at < whole.length) {
    if (at + TLV_HEAD_BYTES > whole.length) return false;
    const value = at + TLV_HEAD_BYTES;
    const end = value + whole.readUInt16BE(at + 1);
    if (end > whole.length) return false;
    if (whole[at] === TLV_CRC32C && !checksumHolds(whole, value, end)) return false;
    at = end;
  }
  return true;
}

/** §2.2.4: over the whole header, the checksum itself counted as zero. */
function checksumHolds(whole: Buffer, value: number, end: number): boolean {
  if (end - value !== CRC_BYTES) return false;
  const zeroed = Buffer.from(whole);
  zeroed.fill(0, value, end);
  return crc32c(zeroed) === whole.readUInt32BE(value);
}

function format(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return octets.subarray(12).join('.');
  return compress(groups);
}

/** RFC 5952 §4.2: the first of the longest runs of zeros is `::`. */
function compress(groups: readonly number[]): string {
  let start = 0;
  let longest = 1;
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === 0) end++;
    if (end - i > longest) {
      start = i;
      longest = end - i;
    }
  }
  const text = (some: readonly number[]) => some.map((group) => group.toString(16)).join(':');
  if (longest === 1) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + longest))}`;
}

import { crc32 } from 'node:zlib';
import { MessageDamaged } from './port.ts';

/**
 * CRC-32 (ISO-HDLC, zlib's) of the bytes of one row, as Postgres keeps it: a signed int4. About 1 µs for 4 KiB. It tells of decay
 * on the way to the disk and back, not of somebody who changes bytes on purpose.
 */
export function checksum(bytes: Uint8Array): number {
  return crc32(bytes) | 0;
}

/** `expected` is null for rows of a release that kept no checksum. Throws `MessageDamaged`. */
export function verify(emailId: string, bytes: Uint8Array, expected: number | null): void {
  if (isDamaged(bytes, expected)) throw new MessageDamaged(emailId);
}

export function isDamaged(bytes: Uint8Array, expected: number | null): boolean {
  return expected !== null && checksum(bytes) !== expected;
}

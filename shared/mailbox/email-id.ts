import { randomFillSync } from 'node:crypto';
import type { EmailId } from './types.ts';

let lastMs = 0;
let sequence = 0;

/** Random bytes a UUIDv7 takes, and how many are drawn at once: each draw costs a system call and more. */
const RANDOM_BYTES = 8;
const pool = Buffer.alloc(512 * RANDOM_BYTES);
let used = pool.length;

function random(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RANDOM_BYTES;
  return pool.subarray(used - RANDOM_BYTES, used);
}

/** A UUIDv7 (RFC 9562 §5.7) as 32 hex digits: time-ordered, so index inserts stay at the right edge. */
export function makeEmailId(nowMs: number = Date.now()): EmailId {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    lastMs++;
    sequence = 0;
  }
  const tail = random();
  tail[0] = (tail[0]! & 0x3f) | 0x80;
  const time = lastMs.toString(16).padStart(12, '0');
  return `${time}7${sequence.toString(16).padStart(3, '0')}${tail.toString('hex')}`;
}

/** Postgres prints a uuid with hyphens. */
export function emailIdOf(uuid: string): EmailId {
  return uuid.replaceAll('-', '');
}

const EMAIL_ID = /^[0-9a-f]{32}$/;
export function isEmailId(text: string): text is EmailId {
  return EMAIL_ID.test(text);
}

/** When the id was made, in Unix milliseconds. */
export function timeOfEmailId(emailId: EmailId): number {
  return Number.parseInt(emailId.slice(0, 12), 16);
}

/** The lowest UUIDv7 of a time: an id below it was made earlier. */
export function emailIdBound(unixMs: number): string {
  return `${Math.max(0, Math.floor(unixMs)).toString(16).padStart(12, '0')}${'0'.repeat(20)}`;
}

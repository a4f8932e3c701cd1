import type { Awaited } from './client.ts';

const MINUTE = 60_000;

/** How long to wait for each reply, in milliseconds: the minima of RFC 5321 §4.5.3.2. */
export const REPLY_TIMEOUT_MS: Readonly<Record<Awaited, number>> = {
  greeting: 5 * MINUTE,
  ehlo: 5 * MINUTE,
  helo: 5 * MINUTE,
  'start-tls': 2 * MINUTE,
  auth: 2 * MINUTE,
  rset: 5 * MINUTE,
  mail: 5 * MINUTE,
  rcpt: 5 * MINUTE,
  data: 2 * MINUTE,
  'end-of-data': 10 * MINUTE,
  // Nothing depends on the answer: the message is already taken.
  quit: 5_000,
};

/** Time for one piece of the message to leave (§4.5.3.2.5). */
export const DATA_BLOCK_TIMEOUT_MS = 3 * MINUTE;

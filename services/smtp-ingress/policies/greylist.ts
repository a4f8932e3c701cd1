import { createHash } from 'node:crypto';
import { greylistNetworkOf } from '../../../shared/net/networks.ts';
import type { SessionStore } from '../../../shared/session/port.ts';
import type { Envelope } from '../envelope.ts';
import type { Policy } from '../policy.ts';
import { refusals } from '../refusals.ts';

/** Who was put off may come back for two days (RFC 6647 §5: at least 24 hours). */
export const RETRY_WITHIN_MS = 2 * 86_400_000;
/** A network that came back is known for one to two of these since it last sent. */
export const KNOWN_MS = 35 * 86_400_000;

export interface Greylist {
  /** Who comes back sooner is put off again. */
  readonly delayMs: number;
  readonly exempt: (address: string) => boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Greylisting (RFC 6647): the first message from a network to someone is put off (450 4.7.1), and taken when it is tried again
 * after a while, as every mail server does. Then the network is known, and nothing from it is put off. What was tried and who
 * is known is in the session store, and so holds for all replicas; while that is away nothing is put off.
 */
export function greylist(sessions: SessionStore, options: Greylist): Policy {
  return (listener, { remoteAddress }) => {
    if (listener !== 'smtp' || options.exempt(remoteAddress)) return {};
    const network = greylistNetworkOf(remoteAddress);
    let known = false;
    return {
      async rcpt(envelope, forwardPath) {
        if (known || !sessions.connected) return undefined;
        known = (await isKnown(sessions, network, options)) || (await cameBack());
        return known || !sessions.connected ? undefined : refusals.greylisted;

        async function cameBack(): Promise<boolean> {
          const triplet = tripletOf(network, envelope, forwardPath);
          // Another window for each question: has it been tried, and was that long ago?
          const tried = await sessions.count(`grey:tried:${triplet}`, RETRY_WITHIN_MS);
          const lately = await sessions.count(`grey:wait:${triplet}`, options.delayMs);
          if (tried < 2 || lately !== 1) return false;
          await sessions.count(knownKey(network, options.now()), 2 * KNOWN_MS);
          return true;
        }
      },
    };
  };
}

/** Each message from a known network carries it on into the present period. */
async function isKnown(sessions: SessionStore, network: string, { now }: Greylist): Promise<boolean> {
  const key = knownKey(network, now());
  if ((await sessions.count(key, 2 * KNOWN_MS, 0)) > 0) return true;
  if ((await sessions.count(knownKey(network, now() - KNOWN_MS), 2 * KNOWN_MS, 0)) === 0) return false;
  await sessions.count(key, 2 * KNOWN_MS);
  return true;
}

function knownKey(network: string, at: number): string {
  return `grey:known:${network}:${Math.floor(at / KNOWN_MS)}`;
}

function tripletOf(network: string, { reversePath }: Envelope, forwardPath: string): string {
  const text = [network, reversePath, forwardPath].join('\n').toLowerCase();
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

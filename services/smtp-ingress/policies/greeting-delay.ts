import type { Policy } from '../policy.ts';
import { refusals } from '../refusals.ts';

/**
 * Early talkers: who speaks before our greeting (RFC 5321 §4.3.1 bids it to wait) does not read what we say, as programs that
 * only send do not. The greeting is held back for `delayMs`, longer than a round trip, and whoever has spoken by then is refused.
 */
export function greetingDelay(delayMs: number, exempt: (address: string) => boolean): Policy {
  return (listener, { remoteAddress }, client) =>
    listener !== 'smtp' || delayMs === 0 || exempt(remoteAddress)
      ? {}
      : {
          async connect() {
            await new Promise((resolve) => setTimeout(resolve, delayMs));
            return client.buffered > 0 ? refusals.spokeTooEarly : undefined;
          },
        };
}

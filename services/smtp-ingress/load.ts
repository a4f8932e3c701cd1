import type { Counter, Metrics } from '../../shared/runtime/metrics.ts';
import { isSubmission, type ListenerName } from './ingress.ts';

/** What one message may take while it comes in: three chunks of the storage (`createMessageWriter`). Bytes. */
export const MAX_HELD_BYTES = 3 * 262_144;
/** Messages that wait for their commit at most: about a second's worth, far below what clients wait for a reply. */
const MAX_COMMITTING = 2_000;
/** Other servers try again by themselves: they are put off first, and what is left is for our own people. */
const SHARE_OF_OTHERS = 0.75;

/**
 * What the messages that come in take of this process. Once that is too much, new connections and messages are put off
 * (421, 451 4.3.2), and what is under way goes on to its end: so more than can be taken costs the rest nothing.
 */
export class Load {
  readonly #maxBytes: number;
  readonly #putOff: Counter;
  #bytes = 0;
  #committing = 0;

  constructor(maxBytes: number, metrics: Metrics) {
    this.#maxBytes = maxBytes;
    this.#putOff = metrics.counter(
      'cartero_smtp_put_off_total',
      'connections and messages put off, as too much was under way',
      ['at'],
    );
    metrics.gauge(
      'cartero_smtp_intake_bytes',
      'memory of messages that are coming in',
      [],
      () => this.#bytes,
    );
  }

  /** Nothing new is to begin on this listener. `at`: what was to begin. */
  refuses(listener: ListenerName, at: 'connect' | 'mail'): boolean {
    const share = isSubmission(listener) ? 1 : SHARE_OF_OTHERS;
    const busy = this.#bytes >= this.#maxBytes * share || this.#committing >= MAX_COMMITTING * share;
    if (busy) this.#putOff.inc({ at });
    return busy;
  }

  begin(): MessageLoad {
    let held = 0;
    let came = 0;
    const reserve = (octets: number): boolean => {
      const more = Math.min(octets, MAX_HELD_BYTES) - held;
      if (more <= 0) return true;
      if (this.#bytes + more > this.#maxBytes) {
        this.#putOff.inc({ at: 'data' });
        return false;
      }
      held += more;
      this.#bytes += more;
      return true;
    };
    return {
      reserve,
      grow: (octets) => {
        came += octets;
        return reserve(came);
      },
      end: () => {
        this.#bytes -= held;
        held = 0;
      },
    };
  }

  async committing<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#committing++;
    try {
      return await work();
    } finally {
      this.#committing--;
    }
  }
}

/** One message's part of the load. */
export interface MessageLoad {
  /** So many octets are to come: room for them, as long as it is there. */
  reserve(octets: number): boolean;
  /** So many octets more came. False: there is no room for them, the message is to be put off. */
  grow(octets: number): boolean;
  /** The message is committed or dropped. Idempotent. */
  end(): void;
}

import type { Connection } from '../../../shared/net/connection.ts';
import type { Networks } from '../../../shared/net/networks.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import type { Envelope } from '../envelope.ts';
import { isSubmission, type ListenerName } from '../ingress.ts';
import type { ConnectionPolicy, Policy, PolicyAnswer } from '../policy.ts';
import { refusals } from '../refusals.ts';
import { RateCounter } from './rate-counter.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

type Limits = Pick<
  Config,
  'connectionsPerNetwork' | 'connectionRate' | 'messageRate' | 'submitterMessages' | 'submitterRecipients'
>;

interface Shared {
  readonly limits: Limits;
  readonly counter: RateCounter;
  /** Connections that are open here, by network. */
  readonly open: Map<string, number>;
}

/**
 * How much is taken from one network and from one account: connections and messages a minute, and what an account submits an
 * hour. LMTP is for machines of one's own, and has none of it.
 */
export function rates(
  ports: Pick<Ports, 'sessions' | 'log' | 'metrics'>,
  limits: Limits,
  trusted: Networks,
): Policy {
  const shared: Shared = { limits, counter: new RateCounter(ports), open: new Map() };
  const nothing: ConnectionPolicy = {};
  return (listener, connection) =>
    listener === 'lmtp' || trusted.contains(connection.remoteAddress)
      ? nothing
      : new ConnectionRates(shared, listener, connection);
}

class ConnectionRates implements ConnectionPolicy {
  readonly #shared: Shared;
  readonly #listener: ListenerName;
  readonly #network: string;
  #counted = false;

  constructor(shared: Shared, listener: ListenerName, connection: Connection) {
    this.#shared = shared;
    this.#listener = listener;
    this.#network = connection.network;
  }

  connect(): PolicyAnswer {
    const { open, limits } = this.#shared;
    const here = open.get(this.#network) ?? 0;
    if (here >= limits.connectionsPerNetwork) return refusals.tooManyFromYou;
    open.set(this.#network, here + 1);
    this.#counted = true;
    return this.#within(
      `rate:connect:${this.#network}`,
      MINUTE_MS,
      limits.connectionRate,
      refusals.connectingTooFast,
    );
  }

  mail({ submitter }: Envelope): PolicyAnswer {
    const { limits } = this.#shared;
    if (submitter !== undefined)
      return this.#within(
        `rate:messages:${submitter.accountId}`,
        HOUR_MS,
        limits.submitterMessages,
        refusals.submittingTooFast,
      );
    if (isSubmission(this.#listener)) return undefined;
    return this.#within(`rate:mail:${this.#network}`, MINUTE_MS, limits.messageRate, refusals.sendingTooFast);
  }

  rcpt({ submitter }: Envelope): PolicyAnswer {
    if (submitter === undefined) return undefined;
    return this.#within(
      `rate:recipients:${submitter.accountId}`,
      HOUR_MS,
      this.#shared.limits.submitterRecipients,
      refusals.tooManyRecipientsForNow,
    );
  }

  closed(): void {
    if (!this.#counted) return;
    const { open } = this.#shared;
    const left = (open.get(this.#network) ?? 1) - 1;
    if (left > 0) open.set(this.#network, left);
    else open.delete(this.#network);
  }

  async #within<Refusal>(
    key: string,
    windowMs: number,
    limit: number,
    refusal: Refusal,
  ): Promise<Refusal | undefined> {
    return (await this.#shared.counter.count(key, windowMs)) > limit ? refusal : undefined;
  }
}

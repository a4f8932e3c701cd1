import type { AccountId } from '../../../../shared/mailbox/types.ts';
import type { Gauge } from '../../../../shared/runtime/metrics.ts';

/** Push connections of one account on this replica. */
const MAX_PUSHES = 30;

export interface Push {
  readonly account: AccountId;
  readonly kind: 'event-source' | 'web-socket';
  /** Says goodbye. */
  close(): void;
}

/** The connections that stay open to be told of changes. */
export class Pushes {
  readonly #open = new Set<Push>();
  readonly #gauge: Gauge;

  constructor(gauge: Gauge) {
    this.#gauge = gauge;
  }

  /** What ends it; undefined: the account has too many. */
  add(push: Push): (() => void) | undefined {
    let own = 0;
    for (const other of this.#open) if (other.account === push.account) own += 1;
    if (own >= MAX_PUSHES) return undefined;
    this.#open.add(push);
    this.#gauge.inc({ kind: push.kind });
    return () => {
      if (this.#open.delete(push)) this.#gauge.dec({ kind: push.kind });
    };
  }

  closeAll(): void {
    for (const push of [...this.#open]) push.close();
  }
}

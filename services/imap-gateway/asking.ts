import type { AccountId } from '../../shared/mailbox/types.ts';

/** The part of a request that says whose actor is asked, and for whom when that is not the owner. */
export interface Asking {
  readonly account: AccountId;
  readonly as?: AccountId;
}

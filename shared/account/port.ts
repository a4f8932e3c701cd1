import type { AccountId } from '../mailbox/types.ts';

/** The directory of domains, accounts and aliases. Reads go to Postgres through a short-lived cache. */

export interface Account {
  readonly accountId: AccountId;
  /** `local@domain`, lower case. */
  readonly address: string;
  readonly enabled: boolean;
  /** Bytes and messages; null: unlimited. */
  readonly quotaBytes: number | null;
  readonly quotaMessages: number | null;
}

/** What a forward-path stands for. */
export type Resolution =
  /** Not one of our domains. `destination`: the next hop's key, the lower-case domain. */
  | { readonly kind: 'remote'; readonly address: string; readonly destination: string }
  | {
      readonly kind: 'account';
      readonly address: string;
      readonly account: Account;
      readonly overQuota: boolean;
    }
  /** An alias, expanded to the end (nested, loops cut, at most 1,000 targets). */
  | {
      readonly kind: 'alias';
      readonly address: string;
      readonly targets: readonly Exclude<Resolution, { kind: 'alias' | 'unknown' }>[];
    }
  /** Ours, and nobody has that address: 550 5.1.1. */
  | { readonly kind: 'unknown'; readonly address: string };

/** RFC 5802 verifier: one per account serves PLAIN, LOGIN, USER/PASS and SCRAM alike. */
export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface AccountDirectory {
  /** Resolves a forward-path: exact, then without `+detail`, then the domain's catch-all. `postmaster` always resolves in a local domain. */
  resolve(forwardPath: string): Promise<Resolution>;
  isLocalDomain(domain: string): Promise<boolean>;
  find(address: string): Promise<Account | undefined>;
  /** For SCRAM. An unknown address gets a made-up verifier of stable salt, so that its absence does not show. */
  verifier(
    address: string,
  ): Promise<{ readonly account: Account | undefined; readonly verifier: ScramVerifier }>;
  /** Checks a password in constant time; undefined: wrong, unknown or disabled, not told apart. Takes as long for an unknown address. */
  authenticate(address: string, password: string): Promise<Account | undefined>;
  /** True when the account may send with this reverse-path: its own address, its +details, or an alias that leads to it. */
  mayUseReversePath(account: Account, reversePath: string): Promise<boolean>;
}

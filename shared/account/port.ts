import type { AccountId } from '../mailbox/types.ts';
import type { SaslAnswer, SaslCredentials } from '../protocol/sasl/mechanism.ts';
import type { SaslOffer } from '../protocol/sasl/mechanisms.ts';

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
      /** Bytes until the quota is full; absent: no quota. */
      readonly room?: number;
    }
  /** An alias, expanded to the end (nested, loops cut, at most 1,000 targets). */
  | {
      readonly kind: 'alias';
      readonly address: string;
      readonly targets: readonly AliasTarget[];
      /** It is a mailing list: its members' mail comes from its owner. */
      readonly list?: boolean;
    }
  /** Ours, and nobody has that address: 550 5.1.1. */
  | { readonly kind: 'unknown'; readonly address: string };

/** Where an alias leads in the end. */
export type AliasTarget = Exclude<Resolution, { kind: 'alias' | 'unknown' }> & {
  /** The alias that names it. */
  readonly via?: string;
  /** The reverse-path of the mailing list that leads there, if one does: `owner-<list>`. */
  readonly listOwner?: string;
};

/** RFC 5802 verifier: one per account serves PLAIN, LOGIN, USER/PASS and SCRAM alike. */
export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** One of an account's passwords: what can check it, and cannot be turned back into it. */
export interface PasswordKey {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
  /** Set when it is not the account's own. */
  readonly appPassword?: AppPassword;
}

/** The password of one of the account's programs. */
export interface AppPassword {
  readonly name: string;
  readonly scopes: readonly LogInProtocol[];
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
}

/** All passwords of an account. One salt and one count of iterations for all, so that one derivation, or one SCRAM exchange, serves them. */
export interface AccountPasswords {
  /** undefined: there is none, and the keys fit nothing. */
  readonly account: Account | undefined;
  readonly salt: Buffer;
  readonly iterations: number;
  readonly keys: readonly PasswordKey[];
}

export interface PasswordMatch {
  readonly account: Account | undefined;
  /** undefined: none of them. */
  readonly key: PasswordKey | undefined;
}

/** What a log-in is for. */
export const LOG_IN_PROTOCOLS = ['imap', 'pop3', 'smtp', 'managesieve', 'http'] as const;
export type LogInProtocol = (typeof LOG_IN_PROTOCOLS)[number];

/** What is to be known of a connection on which somebody logs in. */
export interface LogInConnection {
  readonly remoteAddress: string;
  /** What one client commonly has of addresses, and guesses are counted by: an IPv4 address, an IPv6 /64. */
  readonly network: string;
  /** null: in clear. */
  readonly secure: object | null;
  /** The e-mail addresses of the client's certificate. */
  readonly clientAddresses: readonly string[];
  channelBinding(type: string): Uint8Array | undefined;
}

export type LogInCheck =
  /** The exchange goes on. */
  | { readonly outcome: 'continue'; readonly answer: SaslAnswer }
  | { readonly outcome: 'accepted'; readonly answer: SaslAnswer; readonly account: Account }
  /** Wrong, unknown, disabled, not for this: not told apart. */
  | { readonly outcome: 'refused'; readonly answer: SaslAnswer }
  /** Too many were wrong: not looked at, and to be tried later (SMTP 454 4.7.0, IMAP NO [LIMIT], POP3 -ERR [SYS/TEMP]). */
  | { readonly outcome: 'throttled' };

/** The log-ins of one connection, one after the other. */
export interface ConnectionLogIns {
  /** What works on the connection as it is now. */
  offer(): SaslOffer;
  /** Rejects when it cannot be found out just now: a temporary failure. */
  check(credentials: SaslCredentials): Promise<LogInCheck>;
}

/** The address that an OAuth 2.0 token names; undefined: the token does not hold. Rejects while the issuer cannot be asked: a temporary failure. */
export type TokenCheck = (token: string) => Promise<string | undefined>;

/** Who may log in and how: the same for every protocol. */
export interface LogIns {
  of(protocol: LogInProtocol, connection: LogInConnection): ConnectionLogIns;
  /** Writes what is still to be written of the audit log. */
  close(): Promise<void>;
}

export interface AccountDirectory {
  /** Resolves a forward-path: exact, then without `+detail`, then the domain's catch-all. `postmaster` always resolves in a local domain. */
  resolve(forwardPath: string): Promise<Resolution>;
  isLocalDomain(domain: string): Promise<boolean>;
  /**
   * The reverse-path of a message that `via`, an alias of ours, forwards to somewhere else: rewritten by SRS when it is
   * none of ours, so that SPF holds for us; as it is when SRS is off, or makes no path of it.
   */
  forwardedReversePath(reversePath: string, via: string): Promise<string>;
  find(address: string): Promise<Account | undefined>;
  /** For SCRAM. An unknown address gets a made-up key and a stable salt, so that its absence does not show. */
  passwords(address: string): Promise<AccountPasswords>;
  /** Which of the passwords it is; constant in time. Takes as long for an unknown address. */
  matchPassword(address: string, password: string): Promise<PasswordMatch>;
  /** Checks the account's own password in constant time; undefined: wrong, unknown or disabled, not told apart. Takes as long for an unknown address. */
  authenticate(address: string, password: string): Promise<Account | undefined>;
  /** True when the account may send with this reverse-path: its own address, its +details, or an alias that leads to it. */
  mayUseReversePath(account: Account, reversePath: string): Promise<boolean>;
}

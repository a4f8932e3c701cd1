/**
 * The session store: who is connected from where, on which gateway, with what selected.
 * Correctness never rests on it (design, promise 6): every method degrades, none is needed to serve mail.
 */
export type SessionProtocol = 'imap' | 'pop3' | 'smtp' | 'http';

export interface SessionRecord {
  /** Unique in the cluster, made by the gateway. */
  readonly sessionId: string;
  readonly protocol: SessionProtocol;
  readonly accountId: string;
  readonly address: string;
  /** `ip:port` of the client. */
  readonly remote: string;
  /** Which replica holds the connection. */
  readonly gateway: string;
  /** Unix time in milliseconds. */
  readonly since: number;
  /** The selected mailbox' name, when one is selected. */
  readonly selected?: string;
  /** The client's name, from ID or the user agent. */
  readonly client?: string;
  /** Protocol state as plain data, so that another gateway can take the session up. At most 64 KiB encoded. */
  readonly state?: Readonly<Record<string, unknown>>;
}

export interface SessionStore {
  /** Writes a record; it expires after `ttlMs` unless put again. */
  put(record: SessionRecord, ttlMs: number): Promise<void>;
  remove(sessionId: string): Promise<void>;
  get(sessionId: string): Promise<SessionRecord | undefined>;
  /** All live sessions, of one account when given; at most `limit`. */
  list(filter: {
    readonly accountId?: string;
    readonly protocol?: SessionProtocol;
    readonly limit: number;
  }): Promise<SessionRecord[]>;
  /**
   * Takes a place under a limit that holds over all gateways; false when none is free.
   * The place is freed by `release`, or by itself when not renewed (`acquire` again) within `ttlMs`, or a few seconds after the
   * process that took it ended without a word.
   */
  acquire(key: string, holder: string, limit: number, ttlMs: number): Promise<boolean>;
  release(key: string, holder: string): Promise<void>;
  /** Counts in a sliding or fixed window of `windowMs`: returns the count including this one; `by` 0 only looks. */
  count(key: string, windowMs: number, by?: number): Promise<number>;
  /** False while the store cannot be reached. While false, `acquire` grants, `list` is empty, `count` is 0. */
  readonly connected: boolean;
  close(): Promise<void>;
}

import type { AccountDirectory, LogIns } from '../account/port.ts';
import type { Bus } from '../bus/port.ts';
import type { Database } from '../database/port.ts';
import type { MailboxClient } from '../mailbox/operations.ts';
import type { SessionStore } from '../session/port.ts';
import type { Spool } from '../spool/port.ts';
import type { MessageStorage } from '../storage/port.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Tracing } from './tracing.ts';

/** What every service is given. `main.ts` chooses the adapters; nothing else does. */
export interface Ports {
  readonly bus: Bus;
  readonly database: Database;
  readonly sessions: SessionStore;
  readonly mailboxes: MailboxClient;
  readonly spool: Spool;
  readonly storage: MessageStorage;
  readonly accounts: AccountDirectory;
  readonly logIns: LogIns;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

/** A service that runs. */
export interface Running {
  /** Where it listens, by name of the listener ('smtp', 'imaps', …). */
  readonly addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** Can it do its job just now? The reasons why not; empty: ready. */
  notReady(): readonly string[];
  /** Takes nothing new, finishes what is under way within `graceMs`, hands leases over, then resolves. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

export type StartService = (ports: Ports, config: Config) => Promise<Running>;

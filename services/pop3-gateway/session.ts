import { randomUUID } from 'node:crypto';
import type { Account, ConnectionLogIns } from '../../shared/account/port.ts';
import type { Drive, ProtocolSession } from '../../shared/net/drive.ts';
import type { Pop3Engine, Pop3Event } from '../../shared/protocol/pop3/engine.ts';
import type { SessionRecord } from '../../shared/session/port.ts';
import type { Exchange } from './commands/auth.ts';
import { commandOf } from './commands.ts';
import type { Gateway } from './gateway.ts';
import { FLUSH_OCTETS, LOGIN_DEADLINE_MS, RENEW_MS, SESSION_TTL_MS } from './limits.ts';
import { Maildrop } from './maildrop.ts';
import { MessageBytes } from './message-bytes.ts';
import { REFUSALS, type Refusal, Refused, refusalOf } from './refusals.ts';

/** What a session has once it is logged in: TRANSACTION. */
export interface Transaction {
  readonly account: Account;
  readonly maildrop: Maildrop;
  readonly bytes: MessageBytes;
}

/** One POP3 connection (RFC 1939 §3): its commands are in `commands/`. */
export class Pop3Session implements ProtocolSession<Pop3Event> {
  readonly id = randomUUID();
  readonly gateway: Gateway;
  readonly engine: Pop3Engine;
  readonly drive: Drive;
  readonly logIns: ConnectionLogIns;
  /** From USER, for PASS. */
  name: string | undefined;
  /** A SASL exchange under way. */
  exchange: Exchange | undefined;
  failedLogins = 0;
  retrieved = 0;
  #transaction: Transaction | undefined;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #lockLost = false;
  #closed = false;
  #busy = false;
  #draining = false;
  #unflushed = 0;

  constructor(gateway: Gateway, engine: Pop3Engine, drive: Drive) {
    this.gateway = gateway;
    this.engine = engine;
    this.drive = drive;
    this.logIns = gateway.ports.logIns.of('pop3', drive.connection);
    gateway.sessions.set(this.id, this);
    gateway.metrics.connections.inc();
    this.#timer = setTimeout(() => this.#hangUp(), LOGIN_DEADLINE_MS).unref();
    engine.greet(`${gateway.config.hostname} Cartero POP3 ready`);
  }

  get remote(): string {
    return `${this.drive.connection.remoteAddress}:${this.drive.connection.remotePort}`;
  }

  /** The engine lets no command of TRANSACTION through before `enter`. */
  get transaction(): Transaction {
    if (this.#transaction === undefined) throw new Error('a command of TRANSACTION without a maildrop');
    return this.#transaction;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  async handle(event: Pop3Event): Promise<void> {
    const { commands, commandSeconds } = this.gateway.metrics;
    const labels = { command: event.type };
    const began = performance.now();
    this.#busy = true;
    try {
      if (this.#lockLost) throw new Refused(REFUSALS.lockLost);
      await commandOf(event)(this, event);
    } catch (error) {
      this.#fail(event, error);
    } finally {
      this.#busy = false;
      commands.inc(labels);
      commandSeconds.observe(labels, (performance.now() - began) / 1000);
    }
    if (this.#draining && this.#mayLeave()) this.engine.close();
  }

  refuse(refusal: Refusal): void {
    this.engine.err(refusal.text, refusal.code);
  }

  /** Hands output to the socket when enough has gathered, and waits while the client is slower than we are. */
  flushAfter(octets: number): Promise<void> | undefined {
    this.#unflushed += octets;
    if (this.#unflushed < FLUSH_OCTETS) return undefined;
    this.#unflushed = 0;
    return this.drive.flush();
  }

  /** Opens the maildrop of an authenticated account: TRANSACTION. Throws `Refused` [IN-USE]. */
  async enter(account: Account): Promise<void> {
    const { ports } = this.gateway;
    const maildrop = await Maildrop.open(ports.mailboxes, account.accountId, this.id);
    if (this.#closed) return this.#unlock(maildrop);
    this.#transaction = { account, maildrop, bytes: new MessageBytes(ports.storage, maildrop) };
    this.#since = Date.now();
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS).unref();
    void this.#record();
    this.engine.enterTransaction();
    ports.log.info(
      { account: account.address, remote: this.remote, messages: maildrop.count },
      'pop3 log-in',
    );
  }

  /** Leaves TRANSACTION with the marked messages removed (`update`), or none. Throws when nothing was removed. */
  async leave(update: boolean): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    clearInterval(this.#timer);
    const { account, maildrop } = transaction;
    const { ports, metrics } = this.gateway;
    try {
      if (update) await maildrop.update();
      if (update) metrics.deleted.inc({}, maildrop.marked);
    } finally {
      await this.#unlock(maildrop);
      void ports.sessions.remove(this.id).catch(() => undefined);
      const { retrieved } = this;
      const deleted = update ? maildrop.marked : 0;
      ports.log.info({ account: account.address, remote: this.remote, retrieved, deleted }, 'pop3 end');
    }
  }

  /** RFC 1939 §3: closed without a word, and without UPDATE. */
  timedOut(): void {
    this.engine.close();
  }

  /** A stop of the replica waits for who has messages to delete; the others connect to another one. */
  drain(): void {
    this.#draining = true;
    if (!this.#busy && this.#mayLeave()) this.#hangUp();
  }

  /** Ended by an administrator. */
  kick(): void {
    this.#hangUp();
  }

  async closed(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.gateway.sessions.delete(this.id);
    this.gateway.metrics.connections.dec();
    await this.leave(false);
  }

  #fail(event: Pop3Event, error: unknown): void {
    const { refusal, expected } = refusalOf(error);
    if (!expected) {
      this.gateway.metrics.failures.inc();
      this.gateway.ports.log.error(
        { err: error, command: event.type, remote: this.remote },
        'pop3 command failed',
      );
    }
    this.refuse(refusal);
    if (this.#lockLost) this.engine.close();
  }

  #mayLeave(): boolean {
    return this.#transaction === undefined || this.#transaction.maildrop.marked === 0;
  }

  #hangUp(): void {
    this.engine.close();
    if (this.#busy) this.drive.destroy();
    else this.drive.wake();
  }

  async #renew(): Promise<void> {
    try {
      await this.#transaction?.maildrop.renew();
      await this.#record();
    } catch (error) {
      if (error instanceof Refused) this.#lockLost = true;
      this.gateway.ports.log.warn({ err: error, remote: this.remote }, 'pop3 maildrop lock not renewed');
    }
  }

  async #unlock(maildrop: Maildrop): Promise<void> {
    if (this.#lockLost) return;
    // Who comes next waits a minute at most: then the lock falls by itself.
    await maildrop.unlock().catch(() => undefined);
  }

  async #record(): Promise<void> {
    if (this.#transaction === undefined) return;
    const { accountId, address } = this.#transaction.account;
    const record: SessionRecord = {
      sessionId: this.id,
      protocol: 'pop3',
      accountId,
      address,
      remote: this.remote,
      gateway: this.gateway.config.replicaName,
      since: this.#since,
      selected: 'INBOX',
    };
    await this.gateway.ports.sessions.put(record, SESSION_TTL_MS).catch(() => undefined);
  }
}

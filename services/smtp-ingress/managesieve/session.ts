import type { Account, ConnectionLogIns } from '../../../shared/account/port.ts';
import {
  isRefusal,
  type MailboxReply,
  type MailboxRequest,
  type MailboxVerb,
} from '../../../shared/mailbox/operations.ts';
import type { Drive, ProtocolSession } from '../../../shared/net/drive.ts';
import type { ManageSieveEvent } from '../../../shared/protocol/managesieve/command.ts';
import type { ManageSieveEngine } from '../../../shared/protocol/managesieve/engine.ts';
import { authOffered } from '../auth-offered.ts';
import type { Ingress } from '../ingress.ts';
import { tellCapabilities } from './capabilities.ts';
import type { Exchange } from './commands/authenticate.ts';
import { commandOf } from './commands.ts';
import { refusalOf, scriptRefusal } from './refusals.ts';

/** One ManageSieve connection (RFC 5804): its commands are in `commands/`. */
export class ManageSieveSession implements ProtocolSession<ManageSieveEvent> {
  readonly ingress: Ingress;
  readonly engine: ManageSieveEngine;
  readonly drive: Drive;
  readonly logIns: ConnectionLogIns;
  account: Account | undefined;
  exchange: Exchange | undefined;
  failedLogins = 0;
  #loginDeadline: NodeJS.Timeout;
  #busy = false;
  #draining = false;

  constructor(ingress: Ingress, engine: ManageSieveEngine, drive: Drive, logIns: ConnectionLogIns) {
    this.ingress = ingress;
    this.engine = engine;
    this.drive = drive;
    this.logIns = logIns;
    ingress.metrics.connections.inc({ listener: 'managesieve' });
    ingress.metrics.connectionsTotal.inc({ listener: 'managesieve' });
    this.#loginDeadline = setTimeout(
      () => this.#hangUp('log in sooner'),
      ingress.config.unauthenticatedMs,
    ).unref();
    tellCapabilities(this);
    engine.greet(`${ingress.config.hostname} Cartero ManageSieve ready`);
  }

  /** True when this connection may carry a password (RFC 5804 §2.1). */
  get passwordAllowed(): boolean {
    const { connection } = this.drive;
    const { plaintextAuth } = this.ingress.config;
    return connection.secure !== null || authOffered(connection, plaintextAuth) === 'always';
  }

  get remote(): string {
    return `${this.drive.connection.remoteAddress}:${this.drive.connection.remotePort}`;
  }

  /** Throws `Refused`. Only commands of the authenticated state ask. */
  async ask<Verb extends MailboxVerb>(
    verb: Verb,
    request: Omit<MailboxRequest<Verb>, 'account' | 'as'>,
  ): Promise<MailboxReply<Verb>> {
    const whole = { ...request, account: this.account!.accountId } as unknown as MailboxRequest<Verb>;
    const reply = await this.ingress.ports.mailboxes.ask(verb, whole);
    if (isRefusal(reply)) throw scriptRefusal(reply);
    return reply;
  }

  async handle(event: ManageSieveEvent): Promise<void> {
    this.#busy = true;
    try {
      await commandOf(event)(this, event);
    } catch (error) {
      this.#fail(event, error);
    } finally {
      this.#busy = false;
    }
    if (this.#draining) this.engine.bye('shutting down, connect again');
  }

  loggedIn(account: Account): void {
    clearTimeout(this.#loginDeadline);
    this.account = account;
    this.engine.authenticated();
  }

  timedOut(): void {
    this.engine.bye('idle for too long');
  }

  drain(): void {
    this.#draining = true;
    if (!this.#busy) this.engine.bye('shutting down, connect again');
  }

  closed(): void {
    clearTimeout(this.#loginDeadline);
    this.ingress.metrics.connections.dec({ listener: 'managesieve' });
  }

  #fail(event: ManageSieveEvent, error: unknown): void {
    const { refusal, expected } = refusalOf(error);
    if (!expected) {
      this.ingress.metrics.failures.inc();
      this.ingress.ports.log.error(
        { err: error, command: event.type, remote: this.remote },
        'a ManageSieve command failed',
      );
    }
    this.engine.no(refusal.text, refusal.code);
  }

  #hangUp(reason: string): void {
    this.engine.bye(reason);
    this.drive.wake();
  }
}

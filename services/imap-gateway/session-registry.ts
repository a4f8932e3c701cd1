import type { Config } from '../../shared/runtime/config.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { SessionRecord } from '../../shared/session/port.ts';
import { RENEW_MS, SESSION_TTL_MS, WRITE_PAUSE_MS } from './limits.ts';
import type { ImapSession } from './session.ts';
import { sessionState } from './session-state.ts';

/** Renewals under way at once, so that thousands of sessions do not fill the store's queue in one go. */
const RENEWALS_AT_ONCE = 200;

/**
 * The sessions of this replica, and their records in the session store: who is connected from where with what
 * selected. Mail never waits for the store; what fails there is logged and tried again at the next renewal.
 */
export class SessionRegistry {
  readonly sessions = new Map<string, ImapSession>();
  readonly #ports: Ports;
  readonly #config: Config;
  readonly #timer: NodeJS.Timeout;
  readonly #pause: NodeJS.Timeout;
  /** Whose records were written since the last pause, and which of them are out of date again. */
  readonly #written = new Set<ImapSession>();
  readonly #changed = new Set<ImapSession>();

  constructor(ports: Ports, config: Config) {
    this.#ports = ports;
    this.#config = config;
    this.#timer = setInterval(() => void this.#renewAll(), RENEW_MS);
    this.#timer.unref();
    this.#pause = setInterval(() => this.#writeChanged(), WRITE_PAUSE_MS);
    this.#pause.unref();
  }

  #writeChanged(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#written.clear();
    for (const session of changed) if (this.sessions.has(session.id)) this.#write(session);
  }

  /** Takes a place under the account's limit, which holds over all gateways; false: none is free. */
  async enter(session: ImapSession): Promise<boolean> {
    const { imapSessionsPerAccount } = this.#config;
    const granted = await this.#ports.sessions
      .acquire(placeOf(session), session.id, imapSessionsPerAccount, SESSION_TTL_MS)
      .catch((error) => this.#failed(error, true));
    if (granted) this.update(session);
    return granted;
  }

  /** Writes the session's record anew, at once or, when that was done just now, soon. */
  update(session: ImapSession): void {
    if (this.#written.has(session)) this.#changed.add(session);
    else this.#write(session);
  }

  #write(session: ImapSession): void {
    if (session.account === undefined) return;
    this.#written.add(session);
    this.#ports.sessions
      .put(this.#record(session), SESSION_TTL_MS)
      .catch((error) => this.#failed(error, undefined));
  }

  async leave(session: ImapSession): Promise<void> {
    this.sessions.delete(session.id);
    await this.logOut(session);
  }

  /** Gives the place under the account's limit back. */
  async logOut(session: ImapSession): Promise<void> {
    if (session.account === undefined) return;
    const { sessions } = this.#ports;
    const left = [sessions.remove(session.id), sessions.release(placeOf(session), session.id)];
    await Promise.all(left).catch((error) => this.#failed(error, undefined));
  }

  stop(): void {
    clearInterval(this.#timer);
    clearInterval(this.#pause);
  }

  async #renewAll(): Promise<void> {
    const live = [...this.sessions.values()].filter((session) => session.account !== undefined);
    for (let at = 0; at < live.length; at += RENEWALS_AT_ONCE) {
      const batch = live.slice(at, at + RENEWALS_AT_ONCE);
      const failures = await Promise.allSettled(batch.map((session) => this.#renew(session)));
      const failure = failures.find((result) => result.status === 'rejected');
      if (failure !== undefined) this.#failed(failure.reason, undefined);
    }
  }

  async #renew(session: ImapSession): Promise<void> {
    const { sessions } = this.#ports;
    await sessions.acquire(placeOf(session), session.id, this.#config.imapSessionsPerAccount, SESSION_TTL_MS);
    if (this.sessions.has(session.id) && session.account !== undefined)
      await sessions.put(this.#record(session), SESSION_TTL_MS);
    else await sessions.release(placeOf(session), session.id);
  }

  #record(session: ImapSession): SessionRecord {
    const { account, drive } = session;
    return {
      sessionId: session.id,
      protocol: 'imap',
      accountId: account!.accountId,
      address: account!.address,
      remote: `${drive.connection.remoteAddress}:${drive.connection.remotePort}`,
      gateway: this.#config.replicaName,
      since: session.since,
      ...(session.selected === undefined ? {} : { selected: session.selected.name }),
      ...(session.client === undefined ? {} : { client: session.client }),
      state: sessionState(session),
    };
  }

  #failed<Value>(error: unknown, value: Value): Value {
    this.#ports.log.warn({ err: error }, 'the session store failed');
    return value;
  }
}

function placeOf(session: ImapSession): string {
  return `imap:${session.account!.accountId}`;
}

import { randomUUID } from 'node:crypto';
import type { Account, ConnectionLogIns } from '../../shared/account/port.ts';
import {
  type Arrival,
  isRefusal,
  type MailboxReply,
  type MailboxRequest,
  type MailboxVerb,
} from '../../shared/mailbox/operations.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import { ConnectionClosed, type Drive, type ProtocolSession } from '../../shared/net/drive.ts';
import type { EventGroup } from '../../shared/protocol/imap/commands/notify.ts';
import type { ImapEvent, ImapServerEngine } from '../../shared/protocol/imap/engine.ts';
import { AppendUnderWay } from './append/append-under-way.ts';
import type { Asking } from './asking.ts';
import { capabilities } from './capabilities.ts';
import type { Authentication } from './commands/authenticate.ts';
import { endIdle, type Idling } from './commands/idle.ts';
import { type CommandRule, RULES, ruleOf, runCommand } from './commands.ts';
import { type Extension, NONE_ENABLED } from './extensions.ts';
import type { Gateway } from './gateway.ts';
import { FLUSH_BYTES, LOGIN_DEADLINE_MS, MAX_INVALID_COMMANDS } from './limits.ts';
import type { OtherMailboxes } from './notify/other-mailboxes.ts';
import { type SelectedRule, WITHOUT_NOTIFY } from './notify/selected-rule.ts';
import { formatOutcome, type Outcome } from './outcome.ts';
import { type Place, route, withPrefix } from './place.ts';
import { mailboxRefusal, refusalOf } from './refusals.ts';
import { Following } from './search/following.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';
import { synchronize } from './synchronize.ts';

/** Asked so often, and for so little, that their spans would only hide others. */
const UNTRACED: ReadonlySet<string> = new Set(['CAPABILITY', 'ID', 'IDLE', 'LOGOUT', 'NOOP', 'STARTTLS']);

/** What NOTIFY has set. */
export interface Notifications {
  readonly rule: SelectedRule;
  readonly others: OtherMailboxes | undefined;
  readonly groups: readonly EventGroup[];
}

/** One client's connection: the engine's events to the commands, their outcomes to tagged responses. */
export class ImapSession implements ProtocolSession<ImapEvent> {
  readonly id = randomUUID();
  /** Unix time in milliseconds. */
  readonly since = Date.now();
  readonly gateway: Gateway;
  readonly engine: ImapServerEngine;
  readonly drive: Drive;
  /** What is told of the selected mailbox, and when. */
  rule: SelectedRule = WITHOUT_NOTIFY;
  /** Undefined: NOTIFY was never used. */
  notifications: Notifications | undefined;
  readonly logIns: ConnectionLogIns;
  account: Account | undefined;
  selected: SelectedMailbox | undefined;
  /** What the client turned on. */
  enabled = NONE_ENABLED;
  /** The client's name and version, from ID. */
  client: string | undefined;
  failedLogins = 0;
  authentication: Authentication | undefined;
  idling: Idling | undefined;
  /** True between the first and the last byte of a response that went out in part: an error there can only end the connection. */
  insideResponse = false;
  #owner: AccountId | undefined;
  #append: AppendUnderWay | undefined;
  #invalid = 0;
  #busy = false;
  /** What is told while no command is under way; the next one waits for it. */
  #pushing: Promise<void> | undefined;
  /** Of the first message that the client has not been told of. */
  #arrival: Arrival | undefined;
  #closed = false;
  #farewell: string | undefined;
  #loginDeadline: NodeJS.Timeout | undefined;
  /** Of the command under way, and when it began or last told of its progress. */
  #tag = '';
  #toldAt = 0;

  constructor(gateway: Gateway, engine: ImapServerEngine, drive: Drive) {
    this.gateway = gateway;
    this.engine = engine;
    this.drive = drive;
    this.logIns = gateway.ports.logIns.of('imap', drive.connection);
    gateway.registry.sessions.set(this.id, this);
    gateway.metrics.sessions.inc();
    engine.out.line(`* OK [CAPABILITY ${capabilities(this)}] ${gateway.config.hostname} Cartero IMAP ready`);
    this.#awaitLogIn();
  }

  /** The account that is logged in; only commands of a later state ask. */
  get accountId(): string {
    return this.account!.accountId;
  }

  /**
   * Asks the actor that the request is for (`route`). Names of mailboxes, in the reply too, are as the client knows them.
   * Throws `Refused`.
   */
  async ask<Verb extends MailboxVerb>(
    verb: Verb,
    request: Omit<MailboxRequest<Verb>, 'account' | 'as'>,
    options: { readonly target?: boolean } = {},
  ): Promise<MailboxReply<Verb>> {
    const { request: whole, place } = await route(this, verb, request, options);
    const reply = await this.gateway.ports.mailboxes.ask(verb, whole);
    if (isRefusal(reply)) throw mailboxRefusal(reply, options.target);
    this.#noteOwn(verb, place, request, reply);
    return place.prefix === '' ? reply : withPrefix(reply, place.prefix);
  }

  #noteOwn<Verb extends MailboxVerb>(
    verb: Verb,
    { owner, prefix }: Pick<Place, 'owner' | 'prefix'>,
    request: Omit<MailboxRequest<Verb>, 'account' | 'as'>,
    reply: MailboxReply<Verb>,
  ): void {
    this.notifications?.others?.own.note(verb, owner, prefix, request, reply);
    if (this.selected?.following === undefined || owner !== this.owner) return;
    const made = reply as { mailboxId?: string; uids?: number[]; targetUids?: number[] };
    if (made.mailboxId === this.selected.mailboxId)
      this.selected.following.made(made.targetUids ?? made.uids ?? []);
  }

  /** Replaces what NOTIFY set before. */
  notify(notifications: Notifications | undefined): void {
    this.notifications?.others?.close();
    this.notifications = notifications;
    this.rule = notifications?.rule ?? WITHOUT_NOTIFY;
    if (notifications !== undefined) this.gateway.ticker.listens(this);
    else this.gateway.ticker.listensNoMore(this);
    this.follow();
    this.gateway.registry.update(this);
  }

  /** What comes into the selected mailbox is gathered where something is done with it. */
  follow(): void {
    const { selected, rule } = this;
    if (selected === undefined) return;
    if (rule.fetch.length > 0) selected.following ??= new Following();
    else if (selected.following?.contexts.size === 0) selected.following = undefined;
  }

  /** Whose mailbox is selected: the numbers of mailboxes in requests are of this account. */
  get owner(): AccountId {
    return this.#owner ?? this.accountId;
  }

  asking(owner: AccountId = this.owner): Asking {
    return owner === this.accountId ? { account: owner } : { account: owner, as: this.accountId };
  }

  /** Hands gathered output to the socket once it is worth it, and waits while the client does not take it. */
  async flushWhenFull(): Promise<void> {
    if (this.engine.out.size >= FLUSH_BYTES) await this.drive.flush();
  }

  loggedIn(): void {
    clearTimeout(this.#loginDeadline);
    this.#loginDeadline = undefined;
  }

  /** Back to before the log-in. */
  async logOut(): Promise<void> {
    this.unselect();
    this.notify(undefined);
    await this.gateway.registry.logOut(this);
    this.account = undefined;
    this.enabled = NONE_ENABLED;
    this.client = undefined;
    this.engine.utf8 = false;
    this.engine.enter('not-authenticated');
    this.drive.setIdleTimeout(LOGIN_DEADLINE_MS);
    this.#awaitLogIn();
  }

  #awaitLogIn(): void {
    this.#loginDeadline = setTimeout(() => this.goodbye('Log in sooner'), LOGIN_DEADLINE_MS);
    this.#loginDeadline.unref();
  }

  /** RFC 9585: of a command that was begun, or last said so, before then (`performance.now()`). */
  tellProgress(before: number): void {
    if (
      !this.#busy ||
      this.#pushing !== undefined ||
      this.insideResponse ||
      this.#toldAt > before ||
      this.account === undefined
    )
      return;
    this.#toldAt = performance.now();
    this.engine.out.line(`* OK [INPROGRESS ("${this.#tag}" NIL NIL)] Still at it`);
    this.drive.wake();
  }

  /** What RFC 7162 §3.1 calls a CONDSTORE enabling command was given. */
  enableCondstore(): void {
    if (!this.enabled.has('CONDSTORE')) this.enable('CONDSTORE');
  }

  enable(...extensions: readonly Extension[]): void {
    const counts = this.enabled.has('CONDSTORE');
    this.enabled = new Set([...this.enabled, ...extensions]);
    if (this.enabled.has('QRESYNC')) (this.enabled as Set<Extension>).add('CONDSTORE');
    if (!counts && this.enabled.has('CONDSTORE')) this.selected?.tellHighestModSeq(this.engine.out);
    this.engine.utf8 = this.enabled.has('IMAP4REV2') || this.enabled.has('UTF8=ACCEPT');
  }

  select(selected: SelectedMailbox, owner: AccountId): void {
    this.selected = selected;
    this.#owner = owner;
    this.follow();
    this.engine.enter('selected');
  }

  /** Leaves the selected mailbox, if any. */
  unselect(): void {
    this.selected?.unwatch();
    this.selected = undefined;
    this.#owner = undefined;
  }

  // ---- events

  handle(event: ImapEvent): void | Promise<void> {
    switch (event.type) {
      case 'command': {
        const { tag, command } = event;
        return this.#run(tag, command.name, ruleOf(command), () => runCommand(this, tag, command));
      }
      case 'invalid':
        return this.#onInvalid(event.tag, event.text);
      case 'append':
        this.#append ??= new AppendUnderWay(this, event.tag, event.target);
        return this.#append.message(event.message, event.first).then(this.#appendStep);
      case 'append-literal':
        return this.#append?.literal(event.size).then(this.#appendStep);
      case 'append-data':
        return this.#append?.data(event.chunk).then(this.#appendStep);
      case 'append-url':
        return this.#append?.url(event.url).then(this.#appendStep);
      case 'append-end': {
        const append = this.#append!;
        this.#append = undefined;
        return this.#run(event.tag, append.command, RULES[append.command], () => append.finish());
      }
      case 'response': {
        const authentication = this.authentication!;
        this.authentication = undefined;
        return this.#run(authentication.tag, 'AUTHENTICATE', RULES.AUTHENTICATE, () =>
          authentication.response(event.text),
        );
      }
      case 'done':
        return this.#run(this.idling!.tag, 'IDLE', RULES.IDLE, () => endIdle(this));
    }
  }

  /** An APPEND that went wrong before its end is over, and was answered. */
  readonly #appendStep = (goesOn: boolean): void => {
    if (!goesOn) this.#append = undefined;
    this.#afterCommand();
  };

  #onInvalid(tag: string, text: string): void | Promise<void> {
    this.#invalid += 1;
    this.gateway.metrics.commands.inc({ command: 'invalid', status: 'bad' });
    const append = this.#append;
    this.#append = undefined;
    if (this.idling !== undefined) {
      const { tag: idleTag } = this.idling;
      return endIdle(this).then(() => this.engine.tagged(idleTag, 'BAD', text));
    }
    this.engine.tagged(tag, 'BAD', text);
    if (this.#invalid >= MAX_INVALID_COMMANDS) this.engine.bye('Too many invalid commands');
    return append?.abort();
  }

  async #run(
    tag: string,
    name: string,
    rule: CommandRule,
    work: () => Promise<Outcome | null>,
  ): Promise<void> {
    const started = performance.now();
    this.#busy = true;
    this.#tag = tag;
    this.#toldAt = started;
    let outcome: Outcome | null;
    if (this.#pushing !== undefined) await this.#pushing;
    try {
      outcome = UNTRACED.has(name) ? await work() : await this.#traced(name, work);
      // Told before the tagged response, so that a client that reads it knows all there was to know.
      if (outcome !== null) await this.#tellChanges(rule);
      if (outcome?.expunged && this.enabled.has('CONDSTORE') && this.selected !== undefined)
        outcome = { ...outcome, code: `HIGHESTMODSEQ ${this.selected.highestModSeq}` };
    } catch (error) {
      outcome = this.#failed(name, error);
    } finally {
      this.#busy = false;
    }
    this.#invalid = 0;
    if (outcome !== null) {
      this.engine.tagged(tag, outcome.status, formatOutcome(outcome));
      const { metrics } = this.gateway;
      metrics.commands.inc({ command: name, status: outcome.status.toLowerCase() });
      metrics.commandSeconds.observe({ command: name }, (performance.now() - started) / 1000);
    }
    this.#afterCommand();
  }

  #traced(name: string, work: () => Promise<Outcome | null>): Promise<Outcome | null> {
    const attributes = { 'cartero.session': this.id };
    return this.gateway.ports.tracing.span(`imap.${name}`, { attributes }, work);
  }

  async #tellChanges(rule: CommandRule): Promise<void> {
    if (this.selected === undefined || rule.tells === 'nothing') return;
    try {
      await synchronize(this, { expunges: rule.tells === 'all', always: rule.asks === true });
    } catch (error) {
      // The command itself is done: what could not be told now is told after the next one.
      if (!refusalOf(error).expected || error instanceof ConnectionClosed) throw error;
      this.selected?.hint(0);
    }
  }

  #failed(command: string, error: unknown): Outcome | null {
    const { metrics, ports } = this.gateway;
    const { outcome, expected } = refusalOf(error);
    if (!expected) {
      metrics.failures.inc();
      ports.log.error(
        { err: error, command, account: this.account?.accountId, session: this.id },
        'an IMAP command failed',
      );
    }
    if (this.insideResponse || error instanceof ConnectionClosed) {
      this.drive.destroy();
      return null;
    }
    return outcome;
  }

  #afterCommand(): void {
    if (this.#farewell !== undefined && !this.#busy) this.engine.bye(this.#farewell);
    this.push();
  }

  // ---- pushes and ends

  /** Something changed that the client wants to hear of at once, as it idles or listens always (NOTIFY): tell it now. */
  push(arrival?: Arrival): void {
    if (this.#hears) this.#arrival ??= arrival;
    if (this.#busy || this.#pushing !== undefined || this.#closed || !this.#hasNews()) return;
    let failed = false;
    this.#pushing = this.#tellNews()
      .catch((error) => {
        failed = true;
        this.#pushFailed(error);
      })
      .finally(() => {
        this.#pushing = undefined;
        if (this.#farewell !== undefined && !this.#busy) this.engine.bye(this.#farewell);
        this.drive.wake();
        this.#measurePush(failed);
        // What failed is tried again at the next hint, or by the ticker.
        if (!failed) this.push();
      });
  }

  /** A client that did not listen when mail came is no measure of how soon it is told. */
  #measurePush(failed: boolean): void {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    if (arrival === undefined || failed || !this.#hears) return;
    const { metrics, ports } = this.gateway;
    const seconds = Math.max(0, ports.database.now() - arrival.at) / 1_000;
    metrics.pushSeconds.observe({}, seconds, arrival.traceparent);
  }

  #hasNews(): boolean {
    return this.#selectedHasNews() || this.notifications?.others?.stale === true;
  }

  get #hears(): boolean {
    return this.rule.messages && (this.rule.always || this.idling !== undefined);
  }

  #selectedHasNews(): boolean {
    const { selected } = this;
    return this.#hears && selected?.stale === true && selected.synchronizing === undefined;
  }

  async #tellNews(): Promise<void> {
    const expunges = this.idling !== undefined || this.rule.expungesAlways;
    if (this.#selectedHasNews()) await synchronize(this, { expunges, always: false });
    const others = this.notifications?.others;
    if (others?.stale) await others.tell();
  }

  #pushFailed(error: unknown): void {
    if (this.#closed || error instanceof ConnectionClosed) return;
    if (!refusalOf(error).expected) this.gateway.ports.log.error({ err: error }, 'a notification failed');
    if (this.insideResponse) this.drive.destroy();
    this.selected?.hint(0);
  }

  /** Ends the session as soon as the command under way is answered. */
  goodbye(reason: string): void {
    this.#farewell ??= reason;
    if (this.#busy || this.#pushing !== undefined) return;
    this.engine.bye(this.#farewell);
    this.drive.wake();
  }

  timedOut(): void {
    this.engine.bye('Autologout, idle for too long');
  }

  drain(): void {
    this.goodbye('[UNAVAILABLE] Shutting down, connect again');
  }

  async closed(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#loginDeadline);
    this.gateway.ticker.idlesNoMore(this);
    this.gateway.ticker.listensNoMore(this);
    this.notifications?.others?.close();
    this.idling = undefined;
    this.unselect();
    this.gateway.metrics.sessions.dec();
    await Promise.all([this.#append?.abort(), this.gateway.registry.leave(this)]);
  }
}

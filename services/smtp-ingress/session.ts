import { AliasTooLarge } from '../../shared/account/alias-expansion.ts';
import { listDomains } from '../../shared/account/list-domains.ts';
import type { Account, ConnectionLogIns } from '../../shared/account/port.ts';
import type { Drive, ProtocolSession } from '../../shared/net/drive.ts';
import type { SmtpServer } from '../../shared/protocol/smtp/server.ts';
import type { ServerEvent } from '../../shared/protocol/smtp/server-events.ts';
import { reply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Span } from '../../shared/runtime/tracing.ts';
import { authOnListener } from './auth-offered.ts';
import { Envelope } from './envelope.ts';
import { expand } from './expand.ts';
import { forward } from './forward.ts';
import { type Ingress, isSubmission, type ListenerName } from './ingress.ts';
import { Intake, type ThisHop } from './intake.ts';
import { MAX_FAILED_LOGINS, MAX_TARGETS } from './limits.ts';
import { ownsAuthors } from './owns-authors.ts';
import type { ConnectionPolicy, PolicyAnswer } from './policy.ts';
import { judgeRecipient } from './recipient.ts';
import { refusals } from './refusals.ts';
import { loggedInAtProxy, standFor } from './stand-for.ts';
import { startQueue } from './start-queue.ts';
import { verify } from './verify.ts';

type EventOf<Type extends ServerEvent['type']> = Extract<ServerEvent, { type: Type }>;

/** One connection: the policy of who may send what to whom; the engine keeps the protocol. */
export class IngressSession implements ProtocolSession<ServerEvent> {
  readonly #ingress: Ingress;
  readonly #listener: ListenerName;
  readonly #engine: SmtpServer;
  readonly #drive: Drive;
  readonly #logIns: ConnectionLogIns;
  /** Of the last verdict that accepted; it is logged in when the engine says so. */
  #accepted: Account | undefined;
  #policy: ConnectionPolicy;
  #envelope: Envelope | undefined;
  #intake: Intake | undefined;
  #failedLogins = 0;
  #loginDeadline: NodeJS.Timeout | undefined;

  constructor(
    ingress: Ingress,
    listener: ListenerName,
    engine: SmtpServer,
    drive: Drive,
    logIns: ConnectionLogIns,
  ) {
    this.#ingress = ingress;
    this.#logIns = logIns;
    this.#listener = listener;
    this.#engine = engine;
    this.#drive = drive;
    this.#policy = ingress.policy(listener, drive.connection, engine);
    ingress.metrics.connections.inc({ listener });
    ingress.metrics.connectionsTotal.inc({ listener });
    if (isSubmission(listener)) {
      this.#loginDeadline = setTimeout(() => this.#loginOverdue(), ingress.config.unauthenticatedMs).unref();
    }
  }

  handle(event: ServerEvent): void | Promise<void> {
    try {
      return this.#on(event)?.catch((error) => this.#failed(event, error));
    } catch (error) {
      this.#failed(event, error);
    }
  }

  timedOut(): void {
    this.#engine.close(refusals.idle);
  }

  drain(): void {
    this.#engine.drain();
  }

  async closed(): Promise<void> {
    clearTimeout(this.#loginDeadline);
    this.#ingress.metrics.connections.dec({ listener: this.#listener });
    this.#policy.closed?.();
    await this.#dropMessage();
  }

  #on(event: ServerEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'mail':
        return this.#mail(event);
      case 'rcpt':
        return this.#rcpt(event);
      case 'data-start':
        return this.#dataStart();
      case 'data':
        return this.#data(this.#intake!, event.chunk);
      case 'data-end':
        return this.#dataEnd(event);
      case 'data-refused':
      case 'reset':
        return this.#dropMessage();
      case 'auth':
        return this.#auth(event);
      case 'start-tls':
        return this.#startTls();
      case 'connect':
        return this.#connect();
      case 'verify':
        return this.#verify(event);
      case 'expand':
        return this.#expand(event);
      case 'start-queue':
        return this.#startQueue(event);
      case 'xclient':
        return this.#xclient(event);
    }
  }

  #connect(): Promise<void> | undefined {
    const busy = this.#ingress.load.refuses(this.#listener, 'connect');
    if (busy) return this.#askAtConnect(refusals.tooBusyToConnect);
    if (this.#policy.connect) return this.#askAtConnect(this.#policy.connect());
    this.#engine.accept();
    return undefined;
  }

  async #askAtConnect(answer: PolicyAnswer): Promise<void> {
    const refusal = await answer;
    if (refusal === undefined) this.#engine.accept();
    else this.#refuse(refusal, {});
  }

  #mail(event: EventOf<'mail'>): Promise<void> | undefined {
    return isSubmission(this.#listener) ? this.#mailFromOurs(event) : this.#beginMessage(event);
  }

  async #mailFromOurs(event: EventOf<'mail'>): Promise<void> {
    const { reversePath } = event;
    const account = this.#account;
    if (account === undefined) {
      this.#refuse(this.#engine.authOffered ? refusals.authenticationRequired : refusals.startTlsFirst, {
        reversePath,
      });
    } else if (
      reversePath !== '' &&
      !(await this.#ingress.ports.accounts.mayUseReversePath(account, reversePath))
    ) {
      this.#refuse(refusals.reversePathNotYours, { reversePath });
    } else await this.#beginMessage(event);
  }

  #beginMessage(event: EventOf<'mail'>): Promise<void> | undefined {
    if (this.#ingress.load.refuses(this.#listener, 'mail')) {
      this.#refuse(refusals.tooBusy, { reversePath: event.reversePath });
      return undefined;
    }
    const envelope = new Envelope(
      event.reversePath,
      event,
      this.#account,
      this.#ingress.ports.database.now(),
    );
    if (this.#policy.mail) return this.#askAtMail(envelope, this.#policy.mail(envelope));
    this.#envelope = envelope;
    this.#engine.accept();
    return undefined;
  }

  async #askAtMail(envelope: Envelope, answer: PolicyAnswer): Promise<void> {
    const refusal = await answer;
    if (refusal !== undefined) {
      this.#refuse(refusal, { reversePath: envelope.reversePath });
      return;
    }
    this.#envelope = envelope;
    this.#engine.accept();
  }

  async #rcpt({ forwardPath, notify, originalRecipient }: EventOf<'rcpt'>): Promise<void> {
    const envelope = this.#envelope!;
    const { accounts } = this.#ingress.ports;
    const about = { reversePath: envelope.reversePath, forwardPath };
    const resolution = await accounts.resolve(forwardPath);
    const judged = judgeRecipient(resolution, {
      notify,
      originalRecipient,
      mayRelay: envelope.submitter !== undefined,
      size: envelope.parameters.size,
      nullReversePath: envelope.reversePath === '',
    });
    if ('code' in judged) {
      this.#refuse(judged, about);
      return;
    }
    const refusal = await this.#policy.rcpt?.(envelope, forwardPath);
    if (refusal !== undefined) this.#refuse(refusal, about);
    else if (envelope.targets + judged.length > MAX_TARGETS) this.#refuse(refusals.tooManyTargets, about);
    else {
      const { recipients, name } = await forward(accounts, resolution, envelope.reversePath, judged);
      envelope.add(forwardPath, recipients);
      if (name !== undefined) envelope.forwarded.add(name);
      this.#engine.accept();
    }
  }

  async #verify({ name, utf8 }: EventOf<'verify'>): Promise<void> {
    const { ports, config } = this.#ingress;
    if (config.vrfy === 'authenticated' && this.#account === undefined) {
      this.#engine.accept(refusals.willTry);
      return;
    }
    const domains = async () => (await listDomains(ports.database)).map((domain) => domain.name);
    const mayRelay = this.#account !== undefined;
    this.#answer(await verify(name, { accounts: ports.accounts, domains, mayRelay, utf8 }));
  }

  async #expand({ name, utf8 }: EventOf<'expand'>): Promise<void> {
    this.#answer(
      this.#account === undefined
        ? refusals.authenticationRequired
        : await expand(this.#ingress.ports.accounts, name, utf8),
    );
  }

  async #startQueue({ node }: EventOf<'start-queue'>): Promise<void> {
    this.#answer(
      this.#account === undefined ? refusals.nodeNotAllowed : await startQueue(this.#ingress.ports, node),
    );
  }

  /** To a question that is not about mail under way. */
  #answer(said: ServerReply): void {
    if (said.code < 400) this.#engine.accept(said);
    else this.#engine.refuse(said);
  }

  #dataStart(): Promise<void> | undefined {
    const envelope = this.#envelope!;
    const intake = new Intake(this.#ingress, envelope, this.#hop());
    this.#intake = intake;
    if (!intake.hasRoomFor(envelope.parameters.size)) return this.#askAtData(refusals.tooBusy);
    if (this.#policy.data) return this.#askAtData(this.#policy.data(envelope, intake.emailId));
    this.#engine.accept();
    return undefined;
  }

  async #askAtData(answer: PolicyAnswer): Promise<void> {
    const refusal = await answer;
    if (refusal === undefined) {
      this.#engine.accept();
      return;
    }
    this.#refuse(refusal, { reversePath: this.#envelope!.reversePath });
    await this.#dropMessage();
  }

  async #data(intake: Intake, chunk: Uint8Array): Promise<void> {
    if (!intake.hasRoomForMore(chunk.length)) {
      this.#engine.refuseData(refusals.tooBusy);
      return;
    }
    await intake.write(chunk);
    const { loop } = intake;
    if (loop !== undefined) this.#engine.refuseData(loop);
    else await this.#policy.content?.(chunk);
  }

  async #dataEnd(content: EventOf<'data-end'>): Promise<void> {
    const { ports, metrics } = this.#ingress;
    const intake = this.#intake!;
    const { size } = content;
    const envelope = this.#envelope!;
    await intake.end();
    const verdict =
      intake.loop ?? (await this.#authorRefusal(intake)) ?? (await this.#policy.endOfData?.(envelope));
    if (verdict !== undefined && 'code' in verdict) {
      this.#refuse(verdict, { reversePath: envelope.reversePath });
      await this.#dropMessage();
      return;
    }
    if (verdict !== undefined && 'discard' in verdict) {
      await this.#discard(intake, verdict.discard);
      return;
    }
    const policyFields = (await this.#policy.traceFields?.(envelope)) ?? '';
    const listener = this.#listener;
    const attributes = {
      'cartero.email_id': intake.emailId,
      'cartero.listener': listener,
      'cartero.bytes': size,
    };
    const began = performance.now();
    await ports.tracing.span('smtp accept', { attributes }, (span: Span) =>
      intake.commit(content, { policyFields, junk: verdict !== undefined }, span.traceparent),
    );
    metrics.acceptSeconds.observe({ listener }, (performance.now() - began) / 1_000);
    metrics.accepted.inc({ listener });
    metrics.acceptedBytes.inc({ listener }, size);
    this.#logAccepted(intake, size, verdict?.quarantine);
    const { priority = 0 } = envelope.parameters;
    const given = envelope.priority;
    this.#intake = undefined;
    this.#envelope = undefined;
    this.#policy.reset?.();
    this.#engine.accept(acceptedReply(intake.emailId, priority === given ? undefined : given));
  }

  async #authorRefusal({ authors }: Intake): Promise<ServerReply | undefined> {
    const { ports, config } = this.#ingress;
    const { submitter } = this.#envelope!;
    if (submitter === undefined || config.fromOwnership === 'reverse-path') return undefined;
    return (await ownsAuthors(ports.accounts, submitter, authors)) ? undefined : refusals.fromNotYours;
  }

  /** Taken, and dropped: the client does not learn of it. */
  async #discard({ emailId }: Intake, by: string): Promise<void> {
    const { reversePath } = this.#envelope!;
    this.#ingress.ports.log.info({ ...this.#client(), emailId, reversePath, by }, 'message discarded');
    await this.#dropMessage();
    this.#engine.accept(acceptedReply(emailId, undefined));
  }

  #logAccepted({ emailId }: Intake, size: number, quarantine: string | undefined): void {
    const { reversePath, forwardPaths, targets, submitter } = this.#envelope!;
    this.#ingress.ports.log.info(
      {
        ...this.#client(),
        emailId,
        reversePath,
        recipients: forwardPaths.length,
        targets,
        size,
        submitter: submitter?.address,
        quarantine,
      },
      'message accepted',
    );
  }

  async #auth({ credentials }: EventOf<'auth'>): Promise<void> {
    const checked = await this.#logIns.check(credentials);
    this.#accepted = checked.outcome === 'accepted' ? checked.account : undefined;
    if (checked.outcome !== 'continue') this.#ingress.metrics.logins.inc({ result: checked.outcome });
    if (checked.outcome === 'accepted') clearTimeout(this.#loginDeadline);
    if (checked.outcome === 'refused' || checked.outcome === 'throttled') this.#failedLogins += 1;
    if (checked.outcome === 'throttled') this.#engine.refuse(refusals.tooManyGuesses);
    else this.#engine.answerAuth(checked.answer);
    if (this.#failedLogins >= MAX_FAILED_LOGINS) this.#engine.close(refusals.tooManyLogins);
  }

  get #account(): Account | undefined {
    return this.#engine.authenticated ? this.#accepted : undefined;
  }

  async #startTls(): Promise<void> {
    await this.#dropMessage();
    await this.#drive.startTls(this.#ingress.tls);
    this.#engine.tlsStarted();
  }

  /** A proxy says for whom it speaks: all begins anew, for that client. */
  async #xclient({ attributes }: EventOf<'xclient'>): Promise<void> {
    const { ports, config, policy } = this.#ingress;
    const { connection } = this.#drive;
    const login = isSubmission(this.#listener) ? attributes : {};
    const { account, known } = await loggedInAtProxy(ports.accounts, login);
    this.#policy.closed?.();
    standFor(connection, attributes);
    this.#policy = policy(this.#listener, connection, this.#engine);
    this.#accepted = account;
    if (account !== undefined) clearTimeout(this.#loginDeadline);
    const refusal = known ? await this.#policy.connect?.() : refusals.loginUnknown;
    if (refusal !== undefined) this.#refuse(refusal, {});
    else
      this.#engine.startAnew({
        auth: authOnListener(this.#listener, connection, config.plaintextAuth),
        clientDomain: attributes.helo ?? '',
        authenticated: account !== undefined,
      });
  }

  #dropMessage(): Promise<void> | undefined {
    const intake = this.#intake;
    this.#intake = undefined;
    this.#envelope = undefined;
    this.#policy.reset?.();
    return intake?.abort();
  }

  #refuse(said: ServerReply, about: Readonly<Record<string, string>>): void {
    this.#ingress.ports.log.info(
      { ...this.#client(), ...about, code: said.code, reason: said.text },
      'refused',
    );
    this.#engine.refuse(said);
  }

  /** Whatever was not foreseen: the client may try again, the log knows why. */
  #failed(event: ServerEvent, error: unknown): void {
    const { ports, metrics } = this.#ingress;
    metrics.failures.inc();
    ports.log.error({ ...this.#client(), err: error, event: event.type }, 'smtp command failed');
    if (event.type === 'start-tls' || event.type === 'connect' || event.type === 'xclient')
      this.#drive.destroy();
    else if (event.type === 'data') this.#engine.refuseData(refusals.unavailable);
    else this.#answerFailed(event, error);
  }

  #answerFailed(event: ServerEvent, error: unknown): void {
    if (event.type === 'data-start' || event.type === 'data-end') void this.#dropMessage();
    if (event.type === 'auth') this.#ingress.metrics.logins.inc({ result: 'unavailable' });
    if (this.#engine.state !== 'waiting') return;
    const tooLarge = error instanceof AliasTooLarge;
    if (event.type === 'auth') this.#engine.refuse(refusals.authenticationUnavailable);
    else this.#engine.refuse(tooLarge ? refusals.expansionFailed : refusals.unavailable);
  }

  #loginOverdue(): void {
    // A command under way is answered first.
    if (this.#engine.state === 'waiting') {
      this.#loginDeadline?.refresh();
      return;
    }
    this.#engine.close(refusals.loginDeadline);
    this.#drive.close();
  }

  #client(): { listener: ListenerName; remote: string; helo: string } {
    const { remoteAddress, remotePort } = this.#drive.connection;
    return {
      listener: this.#listener,
      remote: `${remoteAddress}:${remotePort}`,
      helo: this.#engine.clientDomain,
    };
  }

  #hop(): ThisHop {
    const { connection } = this.#drive;
    return {
      clientDomain: this.#engine.clientDomain,
      extended: this.#engine.extended,
      remoteAddress: connection.remoteAddress,
      remoteName: connection.remoteName,
      secure: connection.secure,
      hostname: this.#ingress.config.hostname,
      protocol: this.#listener === 'lmtp' ? 'lmtp' : 'smtp',
      authenticated: this.#account !== undefined,
      at: Date.now(),
    };
  }
}

/** `priority`: set when it is another than was asked for (RFC 6710 §4.1). */
function acceptedReply(emailId: string, priority: number | undefined): ServerReply {
  return priority === undefined
    ? reply(250, '2.0.0', `Ok: queued as ${emailId}`)
    : reply(250, '2.3.6', `${priority} is the new priority assigned to the message; queued as ${emailId}`);
}

import type { Account, ConnectionLogIns } from '../../shared/account/port.ts';
import type { Drive, ProtocolSession } from '../../shared/net/drive.ts';
import type { SaslCredentials } from '../../shared/protocol/sasl/mechanism.ts';
import type { Body } from '../../shared/protocol/smtp/mail-parameters.ts';
import type { SmtpServer } from '../../shared/protocol/smtp/server.ts';
import type { ServerEvent } from '../../shared/protocol/smtp/server-events.ts';
import { reply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Span } from '../../shared/runtime/tracing.ts';
import { Envelope } from './envelope.ts';
import { type Ingress, isSubmission, type ListenerName } from './ingress.ts';
import { Intake } from './intake.ts';
import { MAX_FAILED_LOGINS, MAX_TARGETS, UNAUTHENTICATED_MS } from './limits.ts';
import { judgeRecipient } from './recipient.ts';
import { refusals } from './refusals.ts';
import type { Hop } from './trace-fields.ts';

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
    ingress.metrics.connections.inc({ listener });
    ingress.metrics.connectionsTotal.inc({ listener });
    if (isSubmission(listener)) {
      this.#loginDeadline = setTimeout(() => this.#loginOverdue(), UNAUTHENTICATED_MS).unref();
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
    await this.#dropMessage();
  }

  #on(event: ServerEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'mail':
        return this.#mail(event);
      case 'rcpt':
        return this.#rcpt(event.forwardPath);
      case 'data-start':
        this.#intake = new Intake(this.#ingress, this.#envelope!, this.#hop());
        this.#engine.accept();
        return undefined;
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
      case 'verify':
      case 'expand':
      case 'start-queue':
        this.#engine.accept();
    }
    return undefined;
  }

  #mail({ reversePath, body }: EventOf<'mail'>): Promise<void> | undefined {
    if (!isSubmission(this.#listener)) {
      this.#beginMessage(reversePath, body);
      return undefined;
    }
    return this.#mailFromOurs(reversePath, body);
  }

  async #mailFromOurs(reversePath: string, body: Body): Promise<void> {
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
    } else {
      this.#beginMessage(reversePath, body);
    }
  }

  #beginMessage(reversePath: string, body: Body): void {
    this.#envelope = new Envelope(reversePath, body, this.#account);
    this.#engine.accept();
  }

  async #rcpt(forwardPath: string): Promise<void> {
    const envelope = this.#envelope!;
    const resolution = await this.#ingress.ports.accounts.resolve(forwardPath);
    const judged = judgeRecipient(resolution, envelope.submitter !== undefined);
    if ('code' in judged) {
      this.#refuse(judged, { reversePath: envelope.reversePath, forwardPath });
    } else if (envelope.targets + judged.length > MAX_TARGETS) {
      this.#refuse(refusals.tooManyTargets, { reversePath: envelope.reversePath, forwardPath });
    } else {
      envelope.add(forwardPath, judged);
      this.#engine.accept();
    }
  }

  async #data(intake: Intake, chunk: Uint8Array): Promise<void> {
    await intake.write(chunk);
    if (intake.looping) this.#engine.refuseData(refusals.looping);
  }

  async #dataEnd(content: EventOf<'data-end'>): Promise<void> {
    const { ports, metrics } = this.#ingress;
    const intake = this.#intake!;
    const { size } = content;
    const listener = this.#listener;
    const attributes = {
      'cartero.email_id': intake.emailId,
      'cartero.listener': listener,
      'cartero.bytes': size,
    };
    const began = performance.now();
    await ports.tracing.span('smtp accept', { attributes }, (span: Span) =>
      intake.commit(content, span.traceparent),
    );
    metrics.acceptSeconds.observe({ listener }, (performance.now() - began) / 1_000);
    metrics.accepted.inc({ listener });
    metrics.acceptedBytes.inc({ listener }, size);
    this.#logAccepted(intake, size);
    this.#intake = undefined;
    this.#envelope = undefined;
    this.#engine.accept(reply(250, '2.0.0', `Ok: queued as ${intake.emailId}`));
  }

  #logAccepted({ emailId }: Intake, size: number): void {
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
      },
      'message accepted',
    );
  }

  async #auth({ credentials }: EventOf<'auth'>): Promise<void> {
    const { answer, account } = await this.#logIns.check(credentials);
    if (answer.kind === 'verdict') this.#judged(credentials, account);
    this.#engine.answerAuth(answer);
    if (this.#failedLogins >= MAX_FAILED_LOGINS) this.#engine.close(refusals.tooManyLogins);
  }

  #judged({ authenticationId, authorizationId }: SaslCredentials, account: Account | undefined): void {
    this.#accepted = account;
    this.#ingress.metrics.logins.inc({ result: account === undefined ? 'refused' : 'accepted' });
    if (account !== undefined) {
      clearTimeout(this.#loginDeadline);
      return;
    }
    this.#failedLogins += 1;
    const address = authenticationId || authorizationId;
    this.#ingress.ports.log.info({ ...this.#client(), address }, 'log-in refused');
  }

  get #account(): Account | undefined {
    return this.#engine.authenticated ? this.#accepted : undefined;
  }

  async #startTls(): Promise<void> {
    await this.#dropMessage();
    await this.#drive.startTls(this.#ingress.tls);
    this.#engine.tlsStarted();
  }

  #dropMessage(): Promise<void> | undefined {
    const intake = this.#intake;
    this.#intake = undefined;
    this.#envelope = undefined;
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
    if (event.type === 'start-tls') this.#drive.destroy();
    else if (event.type === 'data') this.#engine.refuseData(refusals.unavailable);
    else this.#answerFailed(event);
  }

  #answerFailed(event: ServerEvent): void {
    if (event.type === 'data-end') void this.#dropMessage();
    if (event.type === 'auth') this.#ingress.metrics.logins.inc({ result: 'unavailable' });
    if (this.#engine.state !== 'waiting') return;
    this.#engine.refuse(event.type === 'auth' ? refusals.authenticationUnavailable : refusals.unavailable);
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

  #hop(): Omit<Hop, 'id' | 'forwardPath'> {
    const { connection } = this.#drive;
    return {
      clientDomain: this.#engine.clientDomain,
      extended: this.#engine.extended,
      remoteAddress: connection.remoteAddress,
      secure: connection.secure,
      hostname: this.#ingress.config.hostname,
      protocol: this.#listener === 'lmtp' ? 'lmtp' : 'smtp',
      authenticated: this.#account !== undefined,
      at: Date.now(),
    };
  }
}

import type { Connection } from '../../../shared/net/connection.ts';
import {
  type MilterAddress,
  MilterConnection,
  MilterUnavailable,
  nameOf,
} from '../../../shared/net/milter-connection.ts';
import type { MilterVerdict } from '../../../shared/protocol/milter/client.ts';
import { BODY_BYTES } from '../../../shared/protocol/milter/packet.ts';
import type { ServerReply } from '../../../shared/protocol/smtp/server-reply.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import type { Envelope } from '../envelope.ts';
import type { ListenerName } from '../ingress.ts';
import type { ConnectionPolicy, EndOfDataAnswer, Policy, PolicyClient } from '../policy.ts';
import { refusals } from '../refusals.ts';
import { addedFields } from './added-field.ts';
import { foreignReply } from './foreign-reply.ts';
import { HeaderFirst, type Read } from './header-first.ts';

export interface MilterOptions {
  readonly address: MilterAddress;
  /** For each of its answers. */
  readonly timeoutMs: number;
  /** What becomes of a message that it cannot be asked about. */
  readonly whenUnavailable: 'accept' | 'tempfail';
  readonly hostname: string;
}

/** A mail filter that is asked about each message; the connection to it begins with the first MAIL. */
export function milter(ports: Pick<Ports, 'log' | 'metrics'>, options: MilterOptions): Policy {
  const failures = ports.metrics.counter(
    'cartero_smtp_filter_failures_total',
    'messages that a mail filter or hook could not be asked about',
    ['filter'],
  );
  const failed = (error: MilterUnavailable): void => {
    const filter = nameOf(options.address);
    failures.inc({ filter });
    ports.log.warn({ err: error, filter }, 'a mail filter cannot be asked');
  };
  return (listener, connection, client) =>
    new MilterPolicy(options, failed, { listener, connection, client });
}

interface Who {
  readonly listener: ListenerName;
  readonly connection: Connection;
  readonly client: PolicyClient;
}

/**
 * - `none`: no message · `asked`: it hears of the message · `judged`: it hears no more of it, and does not know that it ended
 * · `over`: it was told all
 */
type Message = 'none' | 'asked' | 'judged' | 'over';

class MilterPolicy implements ConnectionPolicy {
  readonly #options: MilterOptions;
  readonly #failed: (error: MilterUnavailable) => void;
  readonly #who: Who;
  #milter: MilterConnection | undefined;
  /** What it said of the whole connection, before any message. */
  #ofConnection: 'continue' | 'accept' | ServerReply = 'continue';
  #message: Message = 'none';
  #header = new HeaderFirst();
  #wantsBody = true;
  /** What it said of the message while it came in. */
  #outcome: EndOfDataAnswer;
  #fields = '';

  constructor(options: MilterOptions, failed: (error: MilterUnavailable) => void, who: Who) {
    this.#options = options;
    this.#failed = failed;
    this.#who = who;
  }

  async mail(envelope: Envelope): Promise<ServerReply | undefined> {
    this.reset();
    const unavailable = await this.#trying(() => this.#introduce());
    if (unavailable !== undefined) return unavailable;
    if (this.#ofConnection === 'accept' || this.#milter === undefined) return undefined;
    if (this.#ofConnection !== 'continue') return this.#ofConnection;
    this.#message = 'asked';
    return this.#step(async (milter) => {
      const path = `<${envelope.reversePath}>`;
      const author = envelope.submitter?.address;
      const macros: Record<string, string> = { '{mail_addr}': envelope.reversePath };
      if (author !== undefined) macros['{auth_authen}'] = author;
      await milter.send(milter.client.macros('M', macros));
      return milter.step('mail', () => milter.client.mail(path, ...parametersOf(envelope)));
    });
  }

  rcpt(_envelope: Envelope, forwardPath: string): Promise<ServerReply | undefined> {
    return this.#step(async (milter) => {
      await milter.send(milter.client.macros('R', { '{rcpt_addr}': forwardPath }));
      return milter.step('rcpt', () => milter.client.rcpt(`<${forwardPath}>`));
    });
  }

  data(_envelope: Envelope, emailId: string): Promise<ServerReply | undefined> {
    return this.#step(async (milter) => {
      await milter.send(milter.client.macros('T', { i: emailId }));
      return milter.step('data', () => milter.client.data());
    });
  }

  async content(chunk: Uint8Array): Promise<void> {
    if (this.#message === 'asked') await this.#tell(this.#header.read(chunk));
  }

  async endOfData(): Promise<EndOfDataAnswer> {
    if (this.#message === 'asked') await this.#tell(this.#header.end());
    if (this.#message !== 'asked') return this.#outcome;
    const refusal = await this.#step(async (milter) => {
      const verdict = await milter.endOfMessage();
      this.#noteChanges(milter);
      return verdict;
    });
    this.#message = 'over';
    return refusal ?? this.#outcome;
  }

  traceFields(): string {
    return this.#fields;
  }

  reset(): void {
    const milter = this.#milter;
    const begun = this.#message === 'asked' || this.#message === 'judged';
    if (begun && milter !== undefined && !milter.failed)
      void milter.send(milter.client.abort()).catch(() => undefined);
    this.#message = 'none';
    this.#header = new HeaderFirst();
    this.#wantsBody = true;
    this.#outcome = undefined;
    this.#fields = '';
  }

  closed(): void {
    this.#milter?.close();
  }

  /** Connection and HELO; anew when the connection to it was lost. */
  async #introduce(): Promise<undefined> {
    if (this.#milter !== undefined && !this.#milter.failed) return;
    this.#milter = undefined;
    const { address, timeoutMs, hostname } = this.#options;
    const { connection, client, listener } = this.#who;
    const milter = await MilterConnection.open(address, timeoutMs);
    this.#milter = milter;
    const { remoteAddress, remotePort } = connection;
    const name = `[${remoteAddress}]`;
    await milter.send(milter.client.macros('C', { j: hostname, _: name, '{daemon_name}': listener }));
    this.#judgeConnection(
      await milter.step('connect', () => milter.client.connect(name, remoteAddress, remotePort)),
    );
    if (this.#ofConnection !== 'continue') return;
    const { secure } = connection;
    if (secure !== null)
      await milter.send(
        milter.client.macros('H', { '{tls_version}': secure.protocol, '{cipher}': secure.cipher }),
      );
    this.#judgeConnection(await milter.step('helo', () => milter.client.helo(client.clientDomain)));
  }

  #judgeConnection(verdict: MilterVerdict): void {
    const refusal = refusalOf(verdict);
    if (refusal !== undefined) this.#ofConnection = refusal;
    else if (verdict.kind === 'accept' || verdict.kind === 'discard') this.#ofConnection = 'accept';
  }

  /** Fields and body, as far as it wants them; what it says goes to the end of the message. */
  async #tell({ fields, body }: Read): Promise<void> {
    for (const { name, value } of fields ?? [])
      await this.#keep((milter) =>
        milter.step('headers', () => milter.client.header(name, value.replaceAll('\r\n', '\n'))),
      );
    if (fields !== undefined)
      await this.#keep((milter) => milter.step('eoh', () => milter.client.endOfHeader()));
    for (let at = 0; at < body.length && this.#wantsBody; at += BODY_BYTES) {
      const piece = body.subarray(at, at + BODY_BYTES);
      await this.#keep((milter) => milter.step('body', () => milter.client.body(piece)));
    }
  }

  async #keep(ask: (milter: MilterConnection) => Promise<MilterVerdict>): Promise<void> {
    const refusal = await this.#step(ask);
    if (refusal === undefined) return;
    this.#outcome ??= refusal;
    if (this.#message === 'asked') this.#message = 'judged';
  }

  async #step(ask: (milter: MilterConnection) => Promise<MilterVerdict>): Promise<ServerReply | undefined> {
    const milter = this.#milter;
    if (this.#message !== 'asked' || milter === undefined) return undefined;
    return this.#trying(async () => this.#judge(await ask(milter)));
  }

  #judge(verdict: MilterVerdict): ServerReply | undefined {
    if (verdict.kind === 'skip') this.#wantsBody = false;
    if (verdict.kind === 'discard') this.#outcome = { discard: nameOf(this.#options.address) };
    if (verdict.kind === 'accept' || verdict.kind === 'discard') this.#message = 'judged';
    return refusalOf(verdict);
  }

  #noteChanges(milter: MilterConnection): void {
    const { added, quarantine } = milter.client.changes;
    // Each later one that asks to be first stands above those before it.
    const first = added.filter((field) => field.first).reverse();
    this.#fields = addedFields([...first, ...added.filter((field) => !field.first)]);
    if (quarantine !== null)
      this.#outcome ??= { quarantine: `${nameOf(this.#options.address)}: ${quarantine}` };
  }

  async #trying(work: () => Promise<ServerReply | undefined>): Promise<ServerReply | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MilterUnavailable)) throw error;
      this.#failed(error);
      this.#message = 'over';
      return this.#options.whenUnavailable === 'accept' ? undefined : refusals.filterUnavailable;
    }
  }
}

function refusalOf(verdict: MilterVerdict): ServerReply | undefined {
  switch (verdict.kind) {
    case 'reject':
      return refusals.filterRejects;
    case 'tempfail':
      return refusals.filterPutsOff;
    case 'reply':
      return foreignReply(verdict.text, refusals.filterRejects);
    default:
      return undefined;
  }
}

function parametersOf({ parameters }: Envelope): string[] {
  return [
    ...(parameters.size > 0 ? [`SIZE=${parameters.size}`] : []),
    ...(parameters.body === '7bit' ? [] : [`BODY=${parameters.body === '8bit' ? '8BITMIME' : 'BINARYMIME'}`]),
    ...(parameters.smtpUtf8 ? ['SMTPUTF8'] : []),
  ];
}

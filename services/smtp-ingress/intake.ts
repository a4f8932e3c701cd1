import { formatDate } from '../../shared/message/date.ts';
import type { ServerEvent } from '../../shared/protocol/smtp/server-events.ts';
import type { ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Submission } from '../../shared/spool/port.ts';
import type { MessageWriter } from '../../shared/storage/port.ts';
import type { Envelope } from './envelope.ts';
import { HeaderScan } from './header-scan.ts';
import type { Ingress } from './ingress.ts';
import { MAX_RECEIVED } from './limits.ts';
import type { MessageLoad } from './load.ts';
import { refusals } from './refusals.ts';
import { type Hop, receivedField, returnPathField } from './trace-fields.ts';

/** What is known of the hop before the message is. */
export type ThisHop = Omit<Hop, 'id' | 'forwardPath' | 'smtpUtf8'>;

/** What was seen of the content. */
export type Content = Pick<Extract<ServerEvent, { type: 'data-end' }>, 'eightBit' | 'binary'>;

/** What policy found out about it. */
export interface Found {
  /** Header fields, each with its CRLF. */
  readonly policyFields: string;
  /** It is for Junk. */
  readonly junk: boolean;
}

/** One message on its way from the client into storage and spool. */
export class Intake {
  readonly emailId: string;
  readonly #ingress: Ingress;
  readonly #envelope: Envelope;
  readonly #writer: MessageWriter;
  readonly #scan: HeaderScan;
  readonly #hop: ThisHop;
  readonly #load: MessageLoad;
  #committing = false;

  constructor(ingress: Ingress, envelope: Envelope, hop: ThisHop) {
    this.#ingress = ingress;
    this.#envelope = envelope;
    this.#hop = hop;
    this.#load = ingress.load.begin();
    this.#writer = ingress.ports.storage.create();
    this.emailId = this.#writer.emailId;
    // What a server of ours in front of LMTP found is for it to say.
    const authservId = hop.protocol === 'lmtp' ? undefined : hop.hostname;
    this.#scan = new HeaderScan(
      (scan) => this.#missingFields(scan, hop),
      authservId,
      envelope.submitter !== undefined,
    );
  }

  /** Why the message goes round: it went through more hops than mail that arrives somewhere does, or one of them was here. */
  get loop(): ServerReply | undefined {
    if (this.#scan.received > MAX_RECEIVED) return refusals.looping;
    const { forwarded } = this.#envelope;
    if (forwarded.size === 0) return undefined;
    return this.#scan.deliveredTo.some((name) => forwarded.has(name)) ? refusals.forwardingLoop : undefined;
  }

  /** False: there is too much under way to take a message of so many octets, and it is to be put off. */
  hasRoomFor(octets: number): boolean {
    return this.#load.reserve(octets);
  }

  /** As `hasRoomFor`, of so many octets that came. */
  hasRoomForMore(octets: number): boolean {
    return this.#load.grow(octets);
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#scan.done) await this.#writer.write(chunk);
    else for (const piece of this.#scan.read(chunk)) await this.#writer.write(piece);
  }

  /** All content came. */
  async end(): Promise<void> {
    for (const piece of this.#scan.end()) await this.#writer.write(piece);
  }

  /** Values of the From fields that a submitter gave, latin1, folds and all; null: too many. For after `end`. */
  get authors(): readonly string[] | null {
    return this.#scan.authors;
  }

  /** Commits the message, whose content is at its `end`, and its spool entries. Throws when it is not known that they are. */
  async commit(
    { eightBit, binary }: Content,
    { policyFields, junk }: Found,
    traceparent: string,
  ): Promise<void> {
    const envelope = this.#envelope;
    const returnPath = returnPathField(envelope.returnPath);
    const prefix = Buffer.from(`${returnPath}${this.#trace(policyFields)}`, 'utf8');
    const message = await this.#writer.finish(prefix);
    this.#committing = true;
    const { load, ports } = this.#ingress;
    const submission: Submission = {
      message,
      reversePath: envelope.reversePath,
      recipients: envelope.recipients,
      returnPathBytes: Buffer.byteLength(returnPath),
      body: binary ? 'binary' : eightBit || envelope.parameters.body === '8bit' ? '8bit' : '7bit',
      smtpUtf8: envelope.parameters.smtpUtf8,
      envelopeId: envelope.parameters.envelopeId,
      returnContent: envelope.parameters.returnContent,
      requireTls: envelope.parameters.requireTls,
      priority: envelope.priority,
      deliverBy: envelope.deliverBy,
      heldUntil: envelope.heldUntil,
      junk,
      submitter: envelope.submitter?.accountId,
      signer: envelope.signer,
      traceparent,
    };
    await load.committing(() => ports.spool.enqueue(submission));
    this.#load.end();
  }

  /**
   * Never throws: what is left behind is collected. Once a commit was tried nothing is taken back, since
   * a commit whose outcome did not reach us may have happened.
   */
  async abort(): Promise<void> {
    this.#load.end();
    if (this.#committing) return;
    await this.#writer.abort().catch((error) => {
      this.#ingress.ports.log.warn(
        { err: error, emailId: this.emailId },
        'a refused message stays until it is collected',
      );
    });
  }

  /** Recipients are named only when there is one, so that none learns of another. */
  #trace(policyFields: string): string {
    const { forwardPaths, forwarded, parameters } = this.#envelope;
    const forwardPath = forwardPaths.length === 1 ? forwardPaths[0] : undefined;
    const [name] = forwardPath === undefined ? [] : forwarded;
    const deliveredTo = name === undefined ? '' : `Delivered-To: ${name}\r\n`;
    const { smtpUtf8 } = parameters;
    const received = receivedField({ ...this.#hop, id: this.emailId, forwardPath, smtpUtf8 });
    return `${deliveredTo}${policyFields}${received}`;
  }

  /** RFC 6409 §8: what a submitted message should have had (RFC 5322 §3.6). A null reverse-path names nobody, the log-in does. */
  #missingFields(scan: HeaderScan, hop: ThisHop): string {
    const { submitter, reversePath } = this.#envelope;
    if (submitter === undefined) return '';
    const from = scan.hasFrom ? '' : `From: <${reversePath || submitter.address}>\r\n`;
    const date = scan.hasDate ? '' : `Date: ${formatDate(hop.at)}\r\n`;
    const messageId = scan.hasMessageId ? '' : `Message-ID: <${this.emailId}@${hop.hostname}>\r\n`;
    return from + date + messageId;
  }
}

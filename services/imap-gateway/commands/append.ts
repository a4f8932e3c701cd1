import { randomUUID } from 'node:crypto';
import type { FlagSet } from '../../../shared/mailbox/types.ts';
import type { AppendMessage } from '../../../shared/protocol/imap/commands/append.ts';
import { formatSequenceSet } from '../../../shared/protocol/imap/sequence-set.ts';
import type { MessageWriter } from '../../../shared/storage/port.ts';
import { readFlags } from '../flags.ts';
import { QUOTA_CHECK_BYTES } from '../limits.ts';
import { formatOutcome, type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused, refusalOf } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

interface Stored {
  readonly emailId: string;
  readonly size: number;
  readonly internalDate: number;
  readonly flags: FlagSet;
}

/**
 * One APPEND (RFC 3501 §6.3.11, RFC 3502): each message streams into storage as it comes, and is committed there by
 * itself; all of them enter the mailbox together at the end. What an APPEND that fails leaves behind in storage
 * belongs to no mailbox, and is collected.
 */
export class AppendUnderWay {
  readonly #session: ImapSession;
  readonly #tag: string;
  readonly #mailbox: string;
  readonly #stored: Stored[] = [];
  #bytes = 0;
  #message: AppendMessage | undefined;
  #flags: FlagSet = { system: 0, keywords: [] };
  #writer: MessageWriter | undefined;

  constructor(session: ImapSession, tag: string, mailbox: string) {
    this.#session = session;
    this.#tag = tag;
    this.#mailbox = mailbox;
  }

  /** Refuses before the message is sent, where that can be known. False: answered, it is over. */
  async announced(message: AppendMessage): Promise<boolean> {
    const { engine, gateway } = this.#session;
    try {
      await this.#demand(message);
      this.#message = message;
      this.#writer = gateway.ports.storage.create();
      engine.acceptLiteral();
      return true;
    } catch (error) {
      const outcome = this.#failed(error);
      engine.refuseLiteral(this.#tag, outcome.status as 'NO' | 'BAD', formatOutcome(outcome));
      return false;
    }
  }

  async data(chunk: Buffer, last: boolean): Promise<boolean> {
    const writer = this.#writer!;
    try {
      await writer.write(chunk);
      if (last) await this.#stage(writer);
      return true;
    } catch (error) {
      const outcome = this.#failed(error);
      await this.abort();
      this.#session.engine.abandonAppend(this.#tag, outcome.status as 'NO' | 'BAD', formatOutcome(outcome));
      return false;
    }
  }

  async finish(): Promise<Outcome> {
    const request = { requestId: randomUUID(), name: this.#mailbox, messages: this.#stored };
    const { uidValidity, uids } = await this.#session.ask('append', request, { target: true });
    this.#session.gateway.metrics.appended.inc({}, uids.length);
    return ok('APPEND completed', `APPENDUID ${uidValidity} ${formatSequenceSet(uids)}`);
  }

  /** Forgets the message that is half written. */
  async abort(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer
      ?.abort()
      .catch((error) => this.#session.gateway.ports.log.warn({ err: error }, 'an APPEND was not undone'));
  }

  async #demand(message: AppendMessage): Promise<void> {
    const { config } = this.#session.gateway;
    if (message.size > config.maxMessageBytes) throw new Refused(REFUSALS.tooBig);
    if (message.size === 0) throw new Refused(REFUSALS.empty);
    this.#flags = readFlags(message.flags);
    this.#bytes += message.size;
    if (this.#stored.length === 0) {
      await this.#session.ask('status', { name: this.#mailbox }, { target: true });
    }
    if (this.#bytes < QUOTA_CHECK_BYTES) return;
    const { bytesUsed, bytesLimit } = await this.#session.ask('quota', {});
    if (bytesLimit !== null && bytesUsed + this.#bytes > bytesLimit) throw new Refused(REFUSALS.overQuota);
  }

  async #stage(writer: MessageWriter): Promise<void> {
    const { storage } = this.#session.gateway.ports;
    const staged = await writer.finish();
    await storage.commit(staged);
    this.#writer = undefined;
    const { emailId, size } = staged;
    const internalDate = this.#message!.internalDate ?? Date.now();
    this.#stored.push({ emailId, size, internalDate, flags: this.#flags });
  }

  #failed(error: unknown): Outcome {
    const { outcome, expected } = refusalOf(error);
    const { metrics, ports } = this.#session.gateway;
    metrics.commands.inc({ command: 'APPEND', status: outcome.status.toLowerCase() });
    if (!expected) {
      metrics.failures.inc();
      ports.log.error({ err: error, account: this.#session.accountId }, 'an APPEND failed');
    }
    return outcome;
  }
}

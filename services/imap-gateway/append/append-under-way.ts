import type { FlagSet } from '../../../shared/mailbox/types.ts';
import type { AppendTarget } from '../../../shared/protocol/imap/append-target.ts';
import type { AppendMessage } from '../../../shared/protocol/imap/commands/append.ts';
import type { MessageWriter } from '../../../shared/storage/port.ts';
import { append } from '../commands/append.ts';
import { replace, replacedUid } from '../commands/replace.ts';
import { demandInsert } from '../demand-rights.ts';
import { readFlags } from '../flags.ts';
import { QUOTA_CHECK_BYTES } from '../limits.ts';
import { formatOutcome, type Outcome } from '../outcome.ts';
import { placeOf } from '../place.ts';
import { REFUSALS, Refused, refusalOf } from '../refusals.ts';
import type { ImapSession } from '../session.ts';
import { copyUrl } from './copy-url.ts';

/** Messages of one command, and bytes of them, that are being committed while the next one comes. */
const MAX_COMMITS = 64;
const MAX_COMMITTING_BYTES = 2_097_152;

/** A message that is committed to storage, and in no mailbox yet. */
export interface StoredMessage {
  readonly emailId: string;
  readonly size: number;
  readonly internalDate: number;
  readonly flags: FlagSet;
}

interface Writing {
  readonly message: AppendMessage;
  readonly flags: FlagSet;
  readonly writer: MessageWriter;
  size: number;
}

/**
 * One APPEND or REPLACE (RFC 3501 §6.3.11, RFC 3502, RFC 8508): each message streams into storage as it comes, and is
 * committed there by itself; all of them enter the mailbox together at the end. What a command that fails leaves behind
 * in storage belongs to no mailbox, and is collected.
 */
export class AppendUnderWay {
  readonly #session: ImapSession;
  readonly #tag: string;
  readonly #target: AppendTarget;
  readonly #stored: StoredMessage[] = [];
  /** Commits under way: those of many messages share one. */
  #commits: Promise<void>[] = [];
  #committing = 0;
  /** Of all messages. */
  #bytes = 0;
  #replaced: number | undefined;
  #writing: Writing | undefined;

  constructor(session: ImapSession, tag: string, target: AppendTarget) {
    this.#session = session;
    this.#tag = tag;
    this.#target = target;
  }

  get command(): AppendTarget['command'] {
    return this.#target.command;
  }

  /** A message begins; refused before it is sent where that can be known. False: answered, it is over. */
  message(message: AppendMessage, first: boolean): Promise<boolean> {
    return this.#step(async () => {
      await this.#stage();
      const flags = readFlags(message.flags);
      if (first) await this.#demandTarget();
      this.#writing = { message, flags, writer: this.#session.gateway.ports.storage.create(), size: 0 };
      this.#session.engine.proceed();
    });
  }

  /** Bytes are announced. */
  literal(size: number): Promise<boolean> {
    return this.#step(async () => {
      if (size === 0 && this.#writing?.message.form !== 'catenate') throw new Refused(REFUSALS.empty);
      await this.#demandRoom(size);
      this.#session.engine.proceed();
    });
  }

  data(chunk: Buffer): Promise<boolean> {
    return this.#step(() => this.#writing!.writer.write(chunk));
  }

  /** A part of the message is what the URL names. */
  url(url: string): Promise<boolean> {
    return this.#step(async () => {
      const { writer } = this.#writing!;
      await copyUrl(this.#session, url, (size) => this.#demandRoom(size), writer);
      this.#session.engine.proceed();
    });
  }

  async finish(): Promise<Outcome> {
    await this.#stage();
    await this.#committed();
    const { mailbox, command } = this.#target;
    if (command === 'APPEND') return append(this.#session, mailbox, this.#stored);
    return replace(this.#session, mailbox, this.#stored, this.#replaced!);
  }

  /** Forgets the message that is half written. */
  async abort(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    await writing?.writer
      .abort()
      .catch((error) => this.#session.gateway.ports.log.warn({ err: error }, 'an APPEND was not undone'));
  }

  async #step(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const outcome = this.#failed(error);
      await this.abort();
      this.#session.engine.refuseAppend(this.#tag, outcome.status as 'NO' | 'BAD', formatOutcome(outcome));
      return false;
    }
  }

  async #demandTarget(): Promise<void> {
    if (this.#target.command === 'REPLACE') this.#replaced = replacedUid(this.#session, this.#target);
    await demandInsert(this.#session, this.#target.mailbox);
  }

  /** So many bytes more: of this message within the limit, of all within the quota. */
  async #demandRoom(size: number): Promise<void> {
    const writing = this.#writing!;
    writing.size += size;
    this.#bytes += size;
    if (writing.size > this.#session.gateway.config.maxMessageBytes) throw new Refused(REFUSALS.tooBig);
    if (this.#bytes < QUOTA_CHECK_BYTES) return;
    // What another account may still hold is told by its refusal at the end.
    if ((await placeOf(this.#session, this.#target.mailbox)).prefix !== '') return;
    const { bytesUsed, bytesLimit } = await this.#session.ask('quota', {});
    if (bytesLimit !== null && bytesUsed + this.#bytes > bytesLimit) throw new Refused(REFUSALS.overQuota);
  }

  /** The message at hand is complete. */
  async #stage(): Promise<void> {
    const writing = this.#writing;
    if (writing === undefined) return;
    if (writing.size === 0) throw new Refused(REFUSALS.empty);
    const { storage } = this.#session.gateway.ports;
    const staged = await writing.writer.finish();
    this.#writing = undefined;
    const commit = storage.commit(staged);
    // Looked at later; until then nobody else hears of its failure.
    commit.catch(() => undefined);
    this.#commits.push(commit);
    this.#committing += staged.inline.length;
    if (this.#commits.length >= MAX_COMMITS || this.#committing > MAX_COMMITTING_BYTES)
      await this.#committed();
    const { emailId, size } = staged;
    const internalDate = writing.message.internalDate ?? Date.now();
    this.#stored.push({ emailId, size, internalDate, flags: writing.flags });
  }

  async #committed(): Promise<void> {
    const commits = this.#commits;
    this.#commits = [];
    this.#committing = 0;
    await Promise.all(commits);
  }

  #failed(error: unknown): Outcome {
    const { outcome, expected } = refusalOf(error);
    const { metrics, ports } = this.#session.gateway;
    const { command } = this.#target;
    metrics.commands.inc({ command, status: outcome.status.toLowerCase() });
    if (!expected) {
      metrics.failures.inc();
      ports.log.error({ err: error, command, account: this.#session.accountId }, 'an APPEND failed');
    }
    return outcome;
  }
}

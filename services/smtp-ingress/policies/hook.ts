import { z } from 'zod';
import type { Connection } from '../../../shared/net/connection.ts';
import { PostFailed, postJson } from '../../../shared/net/post-json.ts';
import { reply, type ServerReply } from '../../../shared/protocol/smtp/server-reply.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import type { Envelope } from '../envelope.ts';
import type { ListenerName } from '../ingress.ts';
import type { ConnectionPolicy, EndOfDataAnswer, Policy, PolicyClient } from '../policy.ts';
import { refusals } from '../refusals.ts';
import { addedFields } from './added-field.ts';
import { printable } from './foreign-reply.ts';
import { HeaderFirst, type SentField } from './header-first.ts';

export type HookStage = 'connect' | 'rcpt' | 'data';

export interface HookOptions {
  readonly url: string;
  /** When it is asked. */
  readonly stages: readonly HookStage[];
  readonly timeoutMs: number;
  /** What becomes of mail that it cannot be asked about. */
  readonly whenUnavailable: 'accept' | 'tempfail';
}

/** Octets of an answer. */
export const MAX_ANSWER_BYTES = 65_536;
/** Fields that it is told of, and characters of each. */
const MAX_FIELDS = 500;
const MAX_VALUE = 2_000;

const ANSWER = z.object({
  action: z.enum(['accept', 'reject', 'tempfail', 'quarantine']),
  text: z.string().optional(),
  fields: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .max(50)
    .optional(),
});

type Answer = z.infer<typeof ANSWER>;

/** A program of the operator's own that is asked over HTTP, in JSON: at connect, for each recipient, and with each message. */
export function hook(ports: Pick<Ports, 'log' | 'metrics'>, options: HookOptions): Policy {
  const failures = ports.metrics.counter(
    'cartero_smtp_filter_failures_total',
    'messages that a mail filter or hook could not be asked about',
    ['filter'],
  );
  const ask = async (question: object): Promise<Answer> => {
    try {
      const limits = { timeoutMs: options.timeoutMs, maxBytes: MAX_ANSWER_BYTES };
      const answer = ANSWER.safeParse(await postJson(options.url, question, limits));
      if (answer.success) return answer.data;
      throw new PostFailed('an answer that is none', answer.error);
    } catch (error) {
      failures.inc({ filter: 'hook' });
      ports.log.warn({ err: error }, 'the hook cannot be asked');
      return options.whenUnavailable === 'accept' ? { action: 'accept' } : UNAVAILABLE;
    }
  };
  return (listener, connection, client) => {
    const asked = new HookPolicy(ask, { listener, connection, client });
    return asked.at(options.stages);
  };
}

const UNAVAILABLE: Answer = { action: 'tempfail', text: refusals.filterUnavailable.text };

interface Who {
  readonly listener: ListenerName;
  readonly connection: Connection;
  readonly client: PolicyClient;
}

class HookPolicy {
  readonly #ask: (question: object) => Promise<Answer>;
  readonly #who: Who;
  #quarantine: 'none' | 'message' | 'connection' = 'none';
  #emailId = '';
  #size = 0;
  #header = new HeaderFirst();
  #sent: readonly SentField[] = [];
  #fields = '';

  constructor(ask: (question: object) => Promise<Answer>, who: Who) {
    this.#ask = ask;
    this.#who = who;
  }

  /** Only the hooks that are needed: one that is absent costs nothing. */
  at(stages: readonly HookStage[]): ConnectionPolicy {
    const judges = { endOfData: (envelope: Envelope) => this.#endOfData(envelope, stages.includes('data')) };
    return {
      ...(stages.includes('connect') && { connect: () => this.#connect() }),
      ...(stages.includes('rcpt') && {
        rcpt: (envelope: Envelope, forwardPath: string) => this.#rcpt(envelope, forwardPath),
      }),
      ...(stages.includes('data') && {
        data: (_envelope: Envelope, emailId: string) => {
          this.#emailId = emailId;
          return undefined;
        },
        content: (chunk: Uint8Array) => this.#content(chunk),
        traceFields: () => this.#fields,
      }),
      ...judges,
      reset: () => this.#reset(),
    };
  }

  async #connect(): Promise<ServerReply | undefined> {
    const { action, text } = await this.#ask(this.#question('connect'));
    if (action === 'quarantine') this.#quarantine = 'connection';
    if (action === 'reject') return refusal(554, '5.7.1', text, refusals.filterRejects);
    return action === 'tempfail' ? refusal(421, '4.7.1', text, refusals.filterPutsOff) : undefined;
  }

  async #rcpt(envelope: Envelope, forwardPath: string): Promise<ServerReply | undefined> {
    const answer = await this.#ask({ ...this.#question('rcpt', envelope), forwardPath });
    return this.#judged(answer);
  }

  #content(chunk: Uint8Array): void {
    this.#size += chunk.length;
    this.#sent = this.#header.read(chunk).fields ?? this.#sent;
  }

  async #endOfData(envelope: Envelope, ask: boolean): Promise<EndOfDataAnswer> {
    if (ask) {
      const sent = this.#header.end().fields ?? this.#sent;
      const fields = sent.slice(0, MAX_FIELDS).map(({ name, value }) => ({
        name,
        value: Buffer.from(value.slice(0, MAX_VALUE), 'latin1').toString('utf8'),
      }));
      const message = { id: this.#emailId, size: this.#size, fields };
      const { authenticationResults } = envelope;
      const question = { ...this.#question('data', envelope), message, authenticationResults };
      const answer = await this.#ask(question);
      const said = this.#judged(answer);
      if (said !== undefined) return said;
      this.#fields = addedFields(answer.fields ?? []);
    }
    return this.#quarantine === 'none' ? undefined : { quarantine: 'the hook says so' };
  }

  #judged({ action, text }: Answer): ServerReply | undefined {
    if (action === 'quarantine' && this.#quarantine === 'none') this.#quarantine = 'message';
    if (action === 'reject') return refusal(550, '5.7.1', text, refusals.filterRejects);
    return action === 'tempfail' ? refusal(451, '4.7.1', text, refusals.filterPutsOff) : undefined;
  }

  #reset(): void {
    if (this.#quarantine === 'message') this.#quarantine = 'none';
    this.#emailId = '';
    this.#size = 0;
    this.#header = new HeaderFirst();
    this.#sent = [];
    this.#fields = '';
  }

  #question(stage: HookStage, envelope?: Envelope): object {
    const { connection, client, listener } = this.#who;
    const { remoteAddress, remotePort, secure } = connection;
    return {
      stage,
      listener,
      client: {
        address: remoteAddress,
        port: remotePort,
        helo: client.clientDomain,
        tls: secure === null ? null : { protocol: secure.protocol, cipher: secure.cipher },
      },
      ...(envelope && {
        submitter: envelope.submitter?.address ?? null,
        envelope: {
          reversePath: envelope.reversePath,
          forwardPaths: envelope.forwardPaths,
          declaredSize: envelope.parameters.size,
          smtpUtf8: envelope.parameters.smtpUtf8,
        },
      }),
    };
  }
}

function refusal(code: number, status: string, text: string | undefined, usual: ServerReply): ServerReply {
  return reply(code, status, printable(text ?? '') || usual.text);
}

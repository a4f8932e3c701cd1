import { PassThrough } from 'node:stream';
import type { Connection } from '../../../shared/net/connection.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import { checkSender, unchecked } from '../authentication/check-sender.ts';
import { type DmarcAction, dmarcAction } from '../authentication/dmarc-action.ts';
import { HeaderBound } from '../authentication/header-bound.ts';
import type { Resolve } from '../authentication/resolve.ts';
import type { SenderResults } from '../authentication/results.ts';
import type { Envelope } from '../envelope.ts';
import type { IngressMetrics } from '../metrics.ts';
import type { ConnectionPolicy, EndOfDataAnswer, Policy, PolicyClient } from '../policy.ts';
import { dmarcRefusal, refusals } from '../refusals.ts';

/** From the end of the message on: what DNS has not said by then is a temporary error. */
export const CHECK_MS = 30_000;

export interface SenderCheckOptions {
  /** - `remote`: clients on this machine are not checked */
  readonly clients: 'remote' | 'always';
  readonly honourDmarc: boolean;
  /** Domains in lower case. */
  readonly trustedSealers: readonly string[];
  /** Our name in the results. */
  readonly authservId: string;
  readonly resolve: Resolve;
  readonly log: Logger;
  readonly metrics: Pick<IngressMetrics, 'senderChecks' | 'dmarcActions'>;
  readonly checkMs?: number;
}

/** Who a message from another server is from: SPF, DKIM, ARC and DMARC, into its header, and what DMARC asks for done. */
export function senderChecks(options: SenderCheckOptions): Policy {
  return (listener, connection, client) =>
    listener === 'smtp' && (options.clients === 'always' || !connection.loopback)
      ? new SenderChecks(options, connection, client)
      : {};
}

class SenderChecks implements ConnectionPolicy {
  readonly #options: SenderCheckOptions;
  readonly #connection: Connection;
  readonly #client: PolicyClient;
  #check: MessageCheck | undefined;
  #fields = '';

  constructor(options: SenderCheckOptions, connection: Connection, client: PolicyClient) {
    this.#options = options;
    this.#connection = connection;
    this.#client = client;
  }

  data({ reversePath }: Envelope, emailId: string): undefined {
    const { remoteAddress: address } = this.#connection;
    this.#check = new MessageCheck(emailId, (message) =>
      checkSender(
        message,
        { address, domain: this.#client.clientDomain, reversePath },
        this.#options.resolve,
        this.#options.authservId,
      ),
    );
  }

  content(chunk: Uint8Array): void | Promise<void> {
    return this.#check?.write(chunk);
  }

  async endOfData(envelope: Envelope): Promise<EndOfDataAnswer> {
    const check = this.#check!;
    const { authservId, checkMs = CHECK_MS } = this.#options;
    if (!check.end()) return refusals.headerTooLarge;
    const results = (await check.results(checkMs, this.#options.log)) ?? unchecked(authservId);
    this.#fields = results.fields;
    envelope.authenticationResults = results.fields;
    return this.#judge(results, check.emailId, envelope.reversePath);
  }

  traceFields(): string {
    return this.#fields;
  }

  reset(): void {
    this.#check?.abort();
    this.#check = undefined;
    this.#fields = '';
  }

  #judge(results: SenderResults, emailId: string, reversePath: string): EndOfDataAnswer {
    const { honourDmarc, trustedSealers } = this.#options;
    // The id's end is by chance.
    const draw = Number.parseInt(emailId.slice(-6), 16) % 100;
    const done: DmarcAction = honourDmarc
      ? dmarcAction(results, { trustedSealers, draw })
      : { action: 'none' };
    this.#tell(results, done, emailId, reversePath);
    const { domain, noAuthor } = results.dmarc;
    if (done.action === 'reject') return dmarcRefusal(domain);
    if (done.action !== 'quarantine') return undefined;
    return {
      quarantine:
        noAuthor === undefined ? `DMARC policy of ${domain}` : `From cannot be checked: ${noAuthor}`,
    };
  }

  #tell(results: SenderResults, done: DmarcAction, emailId: string, reversePath: string): void {
    const { log, metrics } = this.#options;
    const { spf, dkim, arc, dmarc } = results;
    const remote = this.#connection.remoteAddress;
    log.info({ emailId, remote, reversePath, spf, dkim, arc, dmarc, ...done }, 'sender checked');
    metrics.senderChecks.inc({ method: 'spf', result: spf });
    for (const { result } of dkim.length > 0 ? dkim : [{ result: 'none' }])
      metrics.senderChecks.inc({ method: 'dkim', result });
    metrics.senderChecks.inc({ method: 'arc', result: arc });
    metrics.senderChecks.inc({ method: 'dmarc', result: dmarc.result });
    metrics.dmarcActions.inc({ action: done.action });
  }
}

/** One message on its way through the check. */
class MessageCheck {
  readonly emailId: string;
  readonly #bound = new HeaderBound();
  readonly #message = new PassThrough();
  readonly #outcome: Promise<SenderResults | Error>;

  constructor(emailId: string, check: (message: PassThrough) => Promise<SenderResults>) {
    this.emailId = emailId;
    this.#message.on('error', () => undefined);
    this.#outcome = check(this.#message).catch((error: Error) => {
      // Whatever is still to come goes nowhere.
      this.#message.resume();
      return error;
    });
  }

  write(chunk: Uint8Array): void | Promise<void> {
    let full = false;
    for (const piece of this.#bound.read(chunk)) full = !this.#message.write(piece);
    if (!full) return undefined;
    return new Promise((resolve) => {
      this.#message.once('drain', resolve).once('close', resolve);
    });
  }

  /** False: the header is too large to be checked. */
  end(): boolean {
    for (const piece of this.#bound.end()) this.#message.write(piece);
    this.#message.end();
    return !this.#bound.tooLarge;
  }

  /** undefined: they could not be had, and the log says why. */
  async results(withinMs: number, log: Logger): Promise<SenderResults | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(() => resolve(new Error(`not known within ${withinMs} ms`)), withinMs);
    });
    const outcome = await Promise.race([this.#outcome, late]);
    clearTimeout(timer);
    if (!(outcome instanceof Error)) return outcome;
    log.warn({ err: outcome, emailId: this.emailId }, 'a sender could not be checked');
    return undefined;
  }

  abort(): void {
    this.#message.destroy();
  }
}

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { AccountDirectory } from '../../../shared/account/port.ts';
import type { Database } from '../../../shared/database/port.ts';
import { type HttpsRequest, httpsRequest } from '../../../shared/net/https.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import type { Metrics } from '../../../shared/runtime/metrics.ts';
import type { Spool, SpoolRecipient } from '../../../shared/spool/port.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import type { Dns } from '../dns.ts';
import { type CountedSessions, composeReport, composeReportMail, readReportRecord } from './report.ts';
import { DAY_MS } from './tls-results.ts';

/** How often a worker looks whether a report is due. */
const LOOK_MS = 300_000;
/** RFC 8460 §4.1 wants not all senders to report at midnight: a domain's time is within these hours after it. */
const SPREAD_MS = 14_400_000;
/** One that did not finish a report is taken not to be at it any more after this; also the pause before the next try (§5.5). */
const CLAIM_MS = 3_600_000;
/** Tries of a report. */
const MAX_ATTEMPTS = 24;
/** What nobody asked for in time is cleared away. Days. */
const KEPT_DAYS = 3;
const MAX_DUE = 200;
/** Results in one report; more are those of an attack. */
const MAX_RESULTS = 10_000;
const POST_MS = 60_000;
const MAX_ANSWER_BYTES = 65_536;
const RETURN_PATH = 'Return-Path: <>\r\n';

export interface ReportSenderOptions {
  readonly database: Database;
  readonly dns: Pick<Dns, 'ask' | 'addresses'>;
  readonly spool: Pick<Spool, 'enqueue'>;
  readonly storage: Pick<MessageStorage, 'create'>;
  readonly accounts: Pick<AccountDirectory, 'resolve'>;
  readonly hostname: string;
  readonly secureContext?: HttpsRequest['secureContext'];
  readonly log: Logger;
  readonly metrics: Metrics;
  /** SPREAD_MS, but for tests. */
  readonly spreadMs?: number;
}

interface Due {
  readonly day: number;
  readonly policy_domain: string;
}

interface Row {
  readonly policy_type: string;
  readonly policy_string: string;
  readonly policy_mx: string;
  readonly result: string;
  readonly sending_ip: string;
  readonly receiving_mx: string;
  readonly receiving_ip: string;
  readonly detail: string;
  readonly sessions: number;
}

const DUE_SQL = `select distinct r.day, r.policy_domain from tls_result r
  left join tls_report t on t.day = r.day and t.policy_domain = r.policy_domain
  where r.day < $1 and (t.claimed_at is null or t.claimed_at < $2) limit $3`;
/** The one who gets a row back reports. */
const CLAIM_SQL = `insert into tls_report (day, policy_domain, claimed_at) values ($1, $2, $3)
  on conflict (day, policy_domain) do update set claimed_at = excluded.claimed_at, attempts = tls_report.attempts + 1
  where tls_report.claimed_at < $4
  returning attempts`;
const READ_SQL = `select policy_type, policy_string, policy_mx, result, sending_ip, receiving_mx, receiving_ip, detail, sessions
  from tls_result where day = $1 and policy_domain = $2 limit $3`;
const DONE_SQL = 'delete from tls_result where day = $1 and policy_domain = $2';
const CLEAR_SQL = `with old as (delete from tls_result where day < $1) delete from tls_report where day < $1`;

/** Sends each domain that asks for it what was counted of a day (RFC 8460), by one worker of all. */
export class ReportSender {
  readonly #options: ReportSenderOptions;
  readonly #sent;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ReportSenderOptions) {
    this.#options = options;
    this.#sent = options.metrics.counter('cartero_tls_reports_total', 'TLS reports to other domains', [
      'result',
    ]);
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Sends what is due. */
  look(): Promise<void> {
    this.#running ??= this.#sendDue()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'TLS reports could not be sent'))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #sendDue(): Promise<void> {
    const { database } = this.#options;
    const now = database.now();
    const today = Math.floor(now / DAY_MS);
    const due = await database.prepared<Due>('tls_reports_due', DUE_SQL, [today, now - CLAIM_MS, MAX_DUE]);
    for (const { day, policy_domain: domain } of due) {
      if (this.#stopped) return;
      if (now < (day + 1) * DAY_MS + this.#delay(domain)) continue;
      await this.#report(day, domain);
    }
    await database.prepared('tls_reports_clear', CLEAR_SQL, [today - KEPT_DAYS]);
  }

  #delay(domain: string): number {
    const lot = createHash('sha256').update(domain).digest().readUInt32BE(0) / 2 ** 32;
    return lot * (this.#options.spreadMs ?? SPREAD_MS);
  }

  async #report(day: number, domain: string): Promise<void> {
    const { database, dns, log } = this.#options;
    const now = database.now();
    const claim = [day, domain, now, now - CLAIM_MS];
    const [claimed] = await database.prepared<{ attempts: number }>('tls_report_claim', CLAIM_SQL, claim);
    if (!claimed) return;
    try {
      const { records } = await dns.ask(`_smtp._tls.${domain}`, 'TXT');
      const targets = readReportRecord(records);
      if (targets.length > 0 && !(await this.#sendTo(targets, day, domain))) {
        if (claimed.attempts < MAX_ATTEMPTS) return;
      }
      await database.prepared('tls_report_done', DONE_SQL, [day, domain]);
    } catch (error) {
      log.info({ err: error, domain }, 'a TLS report waits');
    }
  }

  /** True: it arrived somewhere, or is on its way there (§3: one of several places is enough). */
  async #sendTo(targets: readonly string[], day: number, policyDomain: string): Promise<boolean> {
    const { database, hostname, log } = this.#options;
    const rows = await database.prepared<Row>('tls_report_read', READ_SQL, [day, policyDomain, MAX_RESULTS]);
    const options = { hostname, policyDomain, day };
    const gzipped = await promisify(gzip)(composeReport(options, rows.map(countedOf)));
    let arrived = false;
    for (const target of targets) {
      const result = await this.#sendOne(target, options, gzipped).catch((error: Error) => error.message);
      this.#sent.inc({ result: result === null ? 'sent' : 'failed' });
      log.info({ domain: policyDomain, target, problem: result ?? undefined }, 'TLS report');
      arrived ||= result === null;
    }
    return arrived;
  }

  /** null: done; else why not. */
  async #sendOne(
    target: string,
    options: Parameters<typeof composeReport>[0],
    gzipped: Buffer,
  ): Promise<string | null> {
    if (/^mailto:/i.test(target)) return this.#mail(target.slice(7), options, gzipped);
    const { dns, secureContext } = this.#options;
    const url = new URL(target);
    const { addresses } = await dns.addresses(url.hostname);
    const { status } = await httpsRequest({
      hostname: url.hostname,
      addresses,
      port: Number(url.port || 443),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { 'content-type': 'application/tlsrpt+gzip' },
      body: gzipped,
      secureContext,
      timeoutMs: POST_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    return status >= 200 && status < 300 ? null : `the server says ${status}`;
  }

  async #mail(
    given: string,
    options: Parameters<typeof composeReport>[0],
    gzipped: Buffer,
  ): Promise<string | null> {
    const { accounts, storage, spool, hostname, database } = this.#options;
    const address = decodeURIComponent(given.split('?')[0]!);
    if (!/^[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+$/.test(address)) return 'no address';
    const resolution = await accounts.resolve(address);
    const recipient: SpoolRecipient | null =
      resolution.kind === 'remote'
        ? { target: { kind: 'remote', destination: resolution.destination, forwardPath: resolution.address } }
        : resolution.kind === 'account'
          ? { target: { kind: 'local', account: resolution.account.accountId, forwardPath: address } }
          : null;
    if (recipient === null) return 'no such address';
    const writer = storage.create();
    const mail = composeReportMail(options, address, gzipped, database.now());
    await writer.write(Buffer.concat([Buffer.from(RETURN_PATH), mail]));
    await spool.enqueue({
      message: await writer.finish(),
      // Nobody here reads what could come back.
      reversePath: '',
      recipients: [recipient],
      returnPathBytes: RETURN_PATH.length,
      body: '7bit',
      smtpUtf8: false,
      signer: hostname,
    });
    return null;
  }
}

function countedOf(row: Row): CountedSessions {
  return {
    policyType: row.policy_type,
    policyString: row.policy_string,
    policyMx: row.policy_mx,
    result: row.result,
    sendingIp: row.sending_ip,
    receivingMx: row.receiving_mx,
    receivingIp: row.receiving_ip,
    detail: row.detail,
    sessions: row.sessions,
  };
}

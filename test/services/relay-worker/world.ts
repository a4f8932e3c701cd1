import { start } from '../../../services/relay-worker/service.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { createAccountDirectory } from '../../../shared/account/directory.ts';
import { createLogIns } from '../../../shared/account/log-ins.ts';
import { createInProcessBus } from '../../../shared/bus/in-process.ts';
import type { Database } from '../../../shared/database/port.ts';
import { createMailboxClient } from '../../../shared/mailbox/client.ts';
import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import { type Config, readConfig } from '../../../shared/runtime/config.ts';
import { createLogger } from '../../../shared/runtime/log.ts';
import { createMetrics } from '../../../shared/runtime/metrics.ts';
import type { Ports, Running } from '../../../shared/runtime/service.ts';
import { createTracing } from '../../../shared/runtime/tracing.ts';
import { createMemorySessionStore } from '../../../shared/session/memory.ts';
import type { Report, Submission } from '../../../shared/spool/port.ts';
import { createSpool } from '../../../shared/spool/spool.ts';
import { createMessageStorage } from '../../../shared/storage/storage.ts';
import { startDnsServer, type TestDnsServer } from '../../dns-server.ts';
import { type SinkScript, type SinkServer, startSink } from '../../sink-smtp.ts';

const RETURN_PATH = 'Return-Path: <alice@example.test>\r\n';

export interface QueueRow {
  readonly forward_path: string;
  readonly attempts: number;
  readonly last_reply: string | null;
}

export interface AttemptRow {
  readonly forward_path: string;
  readonly outcome: string;
  readonly status: string;
  readonly reply: string;
  readonly remote: string;
  readonly tls: string;
}

/** A relay worker on real ports with a DNS and remote servers of the test's own. Alice is a local account. */
export interface World {
  readonly dns: TestDnsServer;
  readonly ports: Ports;
  readonly config: Config;
  readonly running: Running;
  /** A remote server on an address of its own, reached on the port that the worker takes for SMTP. */
  sink(script?: SinkScript): Promise<SinkServer>;
  /** A sink that is the one exchanger of `domain`. */
  domain(domain: string, script?: SinkScript): Promise<SinkServer>;
  submit(to: readonly string[], options?: SubmitOptions): Promise<string>;
  queue(domain: string): Promise<QueueRow[]>;
  attempts(emailId: string): Promise<AttemptRow[]>;
  /** Messages on their way to Alice: the DSNs, oldest first, as text. */
  dsns(about: string): Promise<string[]>;
  settled(emailId: string, count: number): Promise<AttemptRow[]>;
  /** Waits at most 10 s. */
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  startWorker(settings?: Record<string, string>): Promise<Running>;
  stop(): Promise<void>;
}

export interface SubmitOptions
  extends Partial<
    Pick<
      Submission,
      | 'reversePath'
      | 'body'
      | 'smtpUtf8'
      | 'envelopeId'
      | 'returnContent'
      | 'requireTls'
      | 'priority'
      | 'deliverBy'
      | 'signer'
    >
  > {
  readonly text?: string;
  readonly notify?: number;
  readonly originalRecipient?: string;
  readonly report?: Report;
  readonly forwarder?: string;
}

export async function makeWorld(database: Database, settings: Record<string, string> = {}): Promise<World> {
  const dns = await startDnsServer();
  const first = await startSink();
  const sinks = [first];
  const settingsOf = (extra: Record<string, string>) =>
    readConfig({
      MAIL_HOSTNAME: 'us.example.test',
      DNS_SERVERS: dns.address,
      RELAY_PORT: String(first.port),
      RETRY_SCHEDULE: '150ms',
      SPOOL_POLL: '50ms',
      LOG_LEVEL: 'silent',
      ...settings,
      ...extra,
    });
  const config = settingsOf({});
  const ports = await openPorts(database, config);
  await createDomain(database, 'example.test');
  await createAccount(database, { address: 'alice@example.test', password: 'secret' });
  const workers: Running[] = [];
  const startWorker = async (extra: Record<string, string> = {}) => {
    const worker = await start(ports, settingsOf(extra));
    workers.push(worker);
    return worker;
  };
  const running = await startWorker();
  let lastHost = 10 + (process.pid % 200);

  const world: World = {
    dns,
    ports,
    config,
    running,
    startWorker,
    async sink(script = {}) {
      const sink = await startSink(
        script,
        `127.0.${1 + (process.pid % 100)}.${++lastHost % 250}`,
        first.port,
      );
      sinks.push(sink);
      return sink;
    },
    async domain(domain, script) {
      const sink = await world.sink(script);
      dns.zone[domain] = { mx: [[10, `mx.${domain}`]] };
      dns.zone[`mx.${domain}`] = { a: [sink.host] };
      return sink;
    },
    submit: (to, options) => submit(ports, to, options),
    async queue(domain) {
      return ports.database.prepared<QueueRow>(
        'test_queue',
        'select forward_path, attempts, last_reply from spool_remote where destination = $1 order by recipient_no',
        [domain],
      );
    },
    attempts: (emailId) =>
      ports.database.prepared<AttemptRow>(
        'test_attempts',
        'select forward_path, outcome, status, reply, remote, tls from spool_attempt where email_id = $1 order by attempt_at, recipient_no',
        [emailId],
      ),
    settled: (emailId, count) =>
      world.until(`${count} attempts of ${emailId}`, async () => {
        const rows = await world.attempts(emailId);
        return rows.length >= count && rows;
      }),
    async dsns(about) {
      const rows = await ports.database.prepared<{ email_id: string; size: number }>(
        'test_dsns',
        "select email_id, size from spool_local where reverse_path = '' order by queued_at, email_id",
        [],
      );
      const texts = await Promise.all(
        rows.map(async ({ email_id, size }) =>
          (await ports.storage.readAll(emailIdOf(email_id), 0, size, 4_000_000)).toString('utf8'),
        ),
      );
      return texts.filter((text) => text.includes(about));
    },
    async until(what, look) {
      const end = performance.now() + 10_000;
      for (;;) {
        const found = await look();
        if (found !== undefined && found !== false) return found as Exclude<typeof found, false | undefined>;
        if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop(1_000)));
      await Promise.all([...sinks.map((sink) => sink.stop()), dns.stop()]);
      await ports.bus.close();
      await ports.sessions.close();
    },
  };
  return world;
}

async function openPorts(database: Database, config: Config): Promise<Ports> {
  const bus = createInProcessBus();
  const metrics = createMetrics();
  const accounts = createAccountDirectory(database);
  const sessions = createMemorySessionStore();
  const log = createLogger(config, 'test');
  return {
    bus,
    database,
    sessions,
    mailboxes: createMailboxClient(bus),
    spool: createSpool({ database, bus, metrics }),
    storage: createMessageStorage(database),
    accounts,
    logIns: createLogIns({ accounts, sessions, database, log, metrics, config }),
    log,
    metrics,
    tracing: await createTracing(config, 'test'),
  };
}

async function submit(ports: Ports, to: readonly string[], options: SubmitOptions = {}): Promise<string> {
  const {
    text = 'Subject: hello\r\nMessage-ID: <1@example.test>\r\n\r\nbody\r\n',
    notify,
    originalRecipient,
    report,
    forwarder,
    ...rest
  } = options;
  const writer = ports.storage.create();
  await writer.write(Buffer.from(RETURN_PATH + text));
  const { emailId } = await ports.spool.enqueue({
    reversePath: 'alice@example.test',
    body: '7bit',
    smtpUtf8: false,
    ...rest,
    message: await writer.finish(),
    returnPathBytes: RETURN_PATH.length,
    recipients: await Promise.all(
      to.map(async (forwardPath) => {
        const resolution = await ports.accounts.resolve(forwardPath);
        if (resolution.kind !== 'remote' && report === undefined)
          throw new Error(`${forwardPath} is not remote`);
        const destination = forwardPath.slice(forwardPath.lastIndexOf('@') + 1);
        return {
          target: { kind: 'remote' as const, destination, forwardPath },
          notify,
          originalRecipient,
          report,
          forwarder,
        };
      }),
    ),
  });
  return emailId;
}

/** The one file that reads the environment. */
import { hostname as systemHostname } from 'node:os';
import { CONNECTION_LISTS, CONNECTION_OPTIONAL, CONNECTION_REQUIRED } from './connection-settings.ts';
import { INGRESS } from './ingress-settings.ts';
import { PUBLISHING } from './publishing-settings.ts';
import { OPTIONAL_RELAY, RELAY } from './relay-settings.ts';
import { type Setting, setting, type Values } from './setting.ts';
import {
  detailSeparators,
  duration,
  durations,
  host,
  hostAndPort,
  hostName,
  hostsAndPorts,
  integer,
  mailAddress,
  oneOf,
  port,
  text,
  url,
} from './setting-types.ts';

/** What this process is called unless REPLICA_NAME says otherwise. */
const ownName = `${systemHostname()}-${process.pid}`;

export const DEFAULT_DATA_DIR = './data';

const PORTS = {
  smtp: setting('SMTP_PORT', '2525', port(), 'SMTP from other servers (MX)'),
  submission: setting('SUBMISSION_PORT', '2587', port(), 'mail from our own users, STARTTLS'),
  submissions: setting(
    'SUBMISSIONS_PORT',
    '2465',
    port(),
    'mail from our own users, TLS from the first byte',
  ),
  lmtp: setting('LMTP_PORT', '2424', port(), 'LMTP'),
  pop3: setting('POP3_PORT', '2110', port(), 'POP3, STLS'),
  pop3s: setting('POP3S_PORT', '2995', port(), 'POP3, TLS from the first byte'),
  imap: setting('IMAP_PORT', '2143', port(), 'IMAP, STARTTLS'),
  imaps: setting('IMAPS_PORT', '2993', port(), 'IMAP, TLS from the first byte'),
  manageSieve: setting('MANAGESIEVE_PORT', '4190', port(), 'ManageSieve'),
  http: setting('HTTP_PORT', '8080', port(), 'webmail and JMAP'),
  https: setting('HTTPS_PORT', '8443', port(), 'webmail and JMAP, TLS'),
  admin: setting('ADMIN_PORT', '8081', port(), 'admin API, /metrics, /healthz, /readyz'),
};

const REQUIRED = {
  ...CONNECTION_REQUIRED,
  dataDir: setting('DATA_DIR', DEFAULT_DATA_DIR, text(), 'the embedded database, keys and certificates'),
  listenHost: setting(
    'LISTEN_HOST',
    '127.0.0.1',
    host(),
    'the address every listener binds to; 0.0.0.0 for all',
  ),
  hostname: setting(
    'MAIL_HOSTNAME',
    'mail.example.test',
    hostName(),
    'the name in greetings, EHLO and Received',
  ),
  replicaName: setting(
    'REPLICA_NAME',
    '',
    text(),
    'this process among its replicas; unset: system name and pid',
  ),
  maxMessageBytes: setting(
    'MAX_MESSAGE_BYTES',
    '67108864',
    integer(65_536, 2_000_000_000),
    'largest message taken (SIZE)',
  ),
  maxRecipients: setting(
    'MAX_RECIPIENTS',
    '1000',
    integer(100, 100_000),
    'recipients of one message; RFC 5321 asks for 100',
  ),
  maxConnections: setting('MAX_CONNECTIONS', '10000', integer(1, 1_000_000), 'connections of one listener'),
  imapSessionsPerAccount: setting(
    'IMAP_SESSIONS_PER_ACCOUNT',
    '100',
    integer(1, 100_000),
    'IMAP sessions of one account over all gateways',
  ),
  imapMessageLimit: setting(
    'IMAP_MESSAGE_LIMIT',
    '0',
    integer(0, 10_000_000),
    'messages that one IMAP command works on (MESSAGELIMIT); 0: any number. Below 1000 clients are not served well',
  ),
  idleKeepaliveMs: setting(
    'IDLE_KEEPALIVE',
    '4m',
    duration(1_000),
    'how often an idling IMAP client hears from us, so that NAT keeps the way open',
  ),
  retryScheduleMs: setting(
    'RETRY_SCHEDULE',
    '5m,15m,30m,1h,2h,4h,8h',
    durations(),
    'pauses between attempts to relay; the last one repeats',
  ),
  spoolLifetimeMs: setting(
    'SPOOL_LIFETIME',
    '5d',
    duration(1_000),
    'a message not delivered by then goes back to its sender',
  ),
  futureReleaseMs: setting(
    'FUTURE_RELEASE',
    '30d',
    duration(0),
    'how long a submitter may have a message held back (FUTURERELEASE); 0s: not offered',
  ),
  acceptMail: setting(
    'ACCEPT_MAIL',
    'yes',
    oneOf('yes', 'no'),
    'no: SMTP_PORT answers 521, this host takes no mail from other servers',
  ),
  vrfy: setting(
    'VRFY',
    'never',
    oneOf('never', 'authenticated', 'always'),
    'who hears from VRFY whether an address exists; the others hear 252',
  ),
  expn: setting(
    'EXPN',
    'never',
    oneOf('never', 'authenticated'),
    'who hears from EXPN the members of a list or alias',
  ),
  etrn: setting(
    'ETRN',
    'never',
    oneOf('never', 'authenticated'),
    'who may have the mail for a domain tried at once (ETRN)',
  ),
  localPartCase: setting(
    'LOCAL_PART_CASE',
    'insensitive',
    oneOf('insensitive', 'sensitive'),
    'insensitive: Alice@ is alice@; sensitive: only names in lower case are ours',
  ),
  detailSeparators: setting(
    'DETAIL_SEPARATORS',
    '+',
    detailSeparators(),
    'what begins the detail of an address (alice+lists@), one or more of + - = _ .; none: there are no details',
  ),
  srs: setting(
    'SRS',
    'on',
    oneOf('on', 'off'),
    'on: what an alias forwards to other servers leaves with a reverse-path of ours, so that SPF holds',
  ),
  delayDsnMs: setting('DELAY_DSN', '4h', duration(1_000), 'when the sender is told that a message is late'),
  relayPort: setting('RELAY_PORT', '25', integer(1, 65_535), 'the SMTP port of remote mail exchangers'),
  leaseMs: setting(
    'LEASE_TTL',
    '6s',
    duration(500),
    'how long a partition stays with a replica that is silent',
  ),
  pollMs: setting('SPOOL_POLL', '1s', duration(20), 'how often the spool is read when no hint came'),
  migrations: setting(
    'MIGRATIONS',
    'run',
    oneOf('run', 'await'),
    'run: a service brings the schema of Postgres up to date as it starts; await: it waits until `mailctl migrate` has',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'trace, debug, info, warn, error, fatal or silent',
  ),
  plaintextAuth: setting(
    'PLAINTEXT_AUTH',
    'loopback',
    oneOf('loopback', 'never', 'always'),
    'where a password is taken without TLS: loopback, never or always',
  ),
};

const LOG_IN = {
  logInGuesses: setting(
    'LOGIN_GUESSES',
    '20',
    integer(3, 100_000),
    'wrong log-ins of one account from one address within 15 minutes; five times as many from all addresses, and from one whence it logged in before',
  ),
  logInGuessesPerNetwork: setting(
    'LOGIN_GUESSES_PER_NETWORK',
    '200',
    integer(3, 1_000_000),
    'wrong log-ins from one address (IPv6: /64) within 15 minutes',
  ),
  oidcAccountClaim: setting(
    'OIDC_ACCOUNT_CLAIM',
    'email',
    text(),
    "the claim of a token that holds the account's address",
  ),
};

const OPTIONAL = {
  ...CONNECTION_OPTIONAL,
  ...OPTIONAL_RELAY,
  oidcIssuer: setting(
    'OIDC_ISSUER',
    '',
    url(['https', 'http']),
    'whose tokens OAUTHBEARER and XOAUTH2 take (OpenID Connect); unset: not offered',
  ),
  oidcAudience: setting('OIDC_AUDIENCE', '', text(), 'the audience that a token must be for'),
  natsUrl: setting('NATS_URL', '', url(['nats', 'tls'], true), 'NATS; unset: the bus inside the process'),
  databaseUrl: setting(
    'DATABASE_URL',
    '',
    url(['postgres', 'postgresql']),
    'Postgres; unset: PGlite in DATA_DIR',
  ),
  redisUrl: setting('REDIS_URL', '', url(['redis', 'rediss']), 'Redis; unset: sessions in memory'),
  demoPassword: setting(
    'DEMO_PASSWORD',
    '',
    text(),
    'the password of the first accounts; unset: made at random and printed once',
  ),
  relayHost: setting(
    'RELAY_HOST',
    '',
    hostAndPort(),
    'everything remote goes to this host:port; unset: look up MX',
  ),
  adminToken: setting(
    'ADMIN_TOKEN',
    '',
    text(),
    'what mailctl shows the admin API; unset: made once in DATA_DIR/admin-token',
  ),
  srsSecret: setting(
    'SRS_SECRET',
    '',
    text(),
    'signs the reverse-paths that SRS makes; unset: a key that is made once and kept in the database',
  ),
  hookUrl: setting(
    'HOOK_URL',
    '',
    url(['http', 'https']),
    'a program of your own that smtp-ingress asks over HTTP about clients, recipients and messages; unset: there is none',
  ),
  jmapUrl: setting(
    'JMAP_URL',
    '',
    url(['https', 'http']),
    'where the same mail is to be had by JMAP, told to IMAP clients (JMAPACCESS); unset: nowhere',
  ),
  reportsAddress: setting(
    'REPORTS_ADDRESS',
    '',
    mailAddress(),
    'the account whose INBOX gets the DMARC and TLS reports that others send; they are read there and shown by mailctl reports; unset: none',
  ),
  otlpEndpoint: setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    '',
    url(['http', 'https']),
    'where traces go (OTLP over HTTP); unset: nowhere',
  ),
};

const LISTS = {
  ...CONNECTION_LISTS,
  dnsServers: setting(
    'DNS_SERVERS',
    '',
    hostsAndPorts(),
    'name servers, host:port with commas between them; unset: those of the system',
  ),
};

/** Every setting, read and checked. Durations in milliseconds, sizes in bytes; port 0 is any free port. */
export interface Config
  extends Values<typeof REQUIRED>,
    Values<typeof LOG_IN>,
    Values<typeof INGRESS>,
    Values<typeof RELAY>,
    Values<typeof PUBLISHING>,
    Partial<Values<typeof OPTIONAL>>,
    Values<typeof LISTS> {
  ports: Values<typeof PORTS>;
}

const ALL: readonly Setting<unknown>[] = [
  ...Object.values(PORTS),
  ...Object.values(OPTIONAL),
  ...Object.values(LISTS),
  ...Object.values(REQUIRED),
  ...Object.values(LOG_IN),
  ...Object.values(INGRESS),
  ...Object.values(RELAY),
  ...Object.values(PUBLISHING),
];

export const SETTINGS: readonly { readonly name: string; readonly default: string; readonly doc: string }[] =
  ALL;

/** Every wrong value at once, a line each; no line holds a secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

function readTable<Table extends Record<string, Setting<unknown>>>(
  table: Table,
  env: Environment,
  problems: string[],
): Values<Table> {
  const values: Record<string, unknown> = {};
  for (const [key, { name, default: fallback, type }] of Object.entries(table)) {
    // An empty variable is how compose files and shells write "unset".
    const written = env[name]?.trim() ? env[name] : fallback;
    if (written === '') continue;
    const result = type.safeParse(written);
    if (result.success) values[key] = result.data;
    else problems.push(`${name} ${result.error.issues[0]?.message ?? 'is wrong'}`);
  }
  return values as Values<Table>;
}

const NO_LISTS = Object.fromEntries(Object.keys(LISTS).map((key) => [key, []])) as unknown as Values<
  typeof LISTS
>;

/** Reads all settings. Throws `ConfigError` with every problem there is. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const config: Config = {
    ...readTable({ ...REQUIRED, replicaName: { ...REQUIRED.replicaName, default: ownName } }, env, problems),
    ...readTable(LOG_IN, env, problems),
    ...readTable(INGRESS, env, problems),
    ...readTable(RELAY, env, problems),
    ...readTable(PUBLISHING, env, problems),
    ...readTable(OPTIONAL, env, problems),
    ...NO_LISTS,
    ...readTable(LISTS, env, problems),
    ports: readTable(PORTS, env, problems),
  };
  if ((config.tlsCertFile === undefined) !== (config.tlsKeyFile === undefined))
    problems.push('TLS_CERT_FILE and TLS_KEY_FILE go together: set both or neither');
  if (config.oidcIssuer !== undefined && config.oidcAudience === undefined)
    problems.push('OIDC_ISSUER needs OIDC_AUDIENCE: a token for somebody else must not open a mailbox here');
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What a service on its own still lacks: the embedded parts live in one process and cannot be shared. */
export function requireRealPorts(config: Config): string[] {
  const urls = { NATS_URL: config.natsUrl, DATABASE_URL: config.databaseUrl, REDIS_URL: config.redisUrl };
  return Object.entries(urls).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

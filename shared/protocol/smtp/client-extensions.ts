import type { Reply } from './reply-parser.ts';

/** What the server's EHLO reply offers (RFC 5321 §4.1.1.1). After HELO: `NO_EXTENSIONS`. */
export interface Extensions {
  readonly pipelining: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly startTls: boolean;
  readonly dsn: boolean;
  readonly enhancedStatusCodes: boolean;
  /** RFC 3030. Taken only with PIPELINING, as a chunk is sent behind its command. */
  readonly chunking: boolean;
  readonly binaryMime: boolean;
  /** RFC 8689. */
  readonly requireTls: boolean;
  /** RFC 2852; the fewest seconds that the server takes, 0 when it does not say. null: not offered. */
  readonly deliverBy: number | null;
  /** RFC 6710. */
  readonly priority: boolean;
  readonly limits: Limits;
  /** null: no SIZE; 0: SIZE without a limit; else the limit in bytes (RFC 1870). */
  readonly size: number | null;
  /** SASL mechanisms, upper case. */
  readonly auth: readonly string[];
}

/** RFC 9422; null: not said. */
export interface Limits {
  /** Transactions of a connection. */
  readonly mails: number | null;
  /** Recipients of a transaction. */
  readonly recipients: number | null;
  /** Different domains among them. */
  readonly domains: number | null;
}

export const NO_LIMITS: Limits = { mails: null, recipients: null, domains: null };

export const NO_EXTENSIONS: Extensions = {
  pipelining: false,
  eightBitMime: false,
  smtpUtf8: false,
  startTls: false,
  dsn: false,
  enhancedStatusCodes: false,
  chunking: false,
  binaryMime: false,
  requireTls: false,
  deliverBy: null,
  priority: false,
  limits: NO_LIMITS,
  size: null,
  auth: [],
};

/** Reads an EHLO reply; its first line is the server's name. Unknown keywords are left out. */
export function parseExtensions(reply: Reply): Extensions {
  const offered = new Map<string, string>();
  for (const line of reply.lines.slice(1)) {
    const space = line.search(/[ =]/);
    const keyword = (space === -1 ? line : line.slice(0, space)).toUpperCase();
    const parameters = space === -1 ? '' : line.slice(space + 1).trim();
    // Old servers also say `AUTH=LOGIN`: both lines count as one.
    offered.set(keyword, offered.has(keyword) ? `${offered.get(keyword)} ${parameters}` : parameters);
  }
  return {
    pipelining: offered.has('PIPELINING'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    startTls: offered.has('STARTTLS'),
    dsn: offered.has('DSN'),
    enhancedStatusCodes: offered.has('ENHANCEDSTATUSCODES'),
    chunking: offered.has('CHUNKING') && offered.has('PIPELINING'),
    binaryMime: offered.has('BINARYMIME'),
    requireTls: offered.has('REQUIRETLS'),
    deliverBy: leastSeconds(offered.get('DELIVERBY')),
    priority: offered.has('MT-PRIORITY'),
    limits: readLimits(offered.get('LIMITS')),
    size: sizeLimit(offered.get('SIZE')),
    auth: (offered.get('AUTH') ?? '').toUpperCase().split(' ').filter(Boolean),
  };
}

function sizeLimit(parameter: string | undefined): number | null {
  if (parameter === undefined) return null;
  return /^\d{1,15}$/.test(parameter) ? Number(parameter) : 0;
}

function leastSeconds(parameter: string | undefined): number | null {
  if (parameter === undefined) return null;
  return /^\d{1,9}$/.test(parameter) ? Number(parameter) : 0;
}

/** `LIMITS RCPTMAX=100 MAILMAX=20`; a limit of nothing, or one that is no number, is passed over. */
function readLimits(parameters: string | undefined): Limits {
  if (parameters === undefined) return NO_LIMITS;
  const limit = (name: string): number | null => {
    const found = new RegExp(`(?:^| )${name}=([1-9]\\d{0,5})(?: |$)`, 'i').exec(parameters);
    return found ? Number(found[1]) : null;
  };
  return { mails: limit('MAILMAX'), recipients: limit('RCPTMAX'), domains: limit('RCPTDOMAINMAX') };
}

import type { Reply } from './reply-parser.ts';

/** What the server's EHLO reply offers (RFC 5321 §4.1.1.1). After HELO: `NO_EXTENSIONS`. */
export interface Extensions {
  readonly pipelining: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly startTls: boolean;
  readonly dsn: boolean;
  readonly enhancedStatusCodes: boolean;
  /** null: no SIZE; 0: SIZE without a limit; else the limit in bytes (RFC 1870). */
  readonly size: number | null;
  /** SASL mechanisms, upper case. */
  readonly auth: readonly string[];
}

export const NO_EXTENSIONS: Extensions = {
  pipelining: false,
  eightBitMime: false,
  smtpUtf8: false,
  startTls: false,
  dsn: false,
  enhancedStatusCodes: false,
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
    size: sizeLimit(offered.get('SIZE')),
    auth: (offered.get('AUTH') ?? '').toUpperCase().split(' ').filter(Boolean),
  };
}

function sizeLimit(parameter: string | undefined): number | null {
  if (parameter === undefined) return null;
  return /^\d{1,15}$/.test(parameter) ? Number(parameter) : 0;
}

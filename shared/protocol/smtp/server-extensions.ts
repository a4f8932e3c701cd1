import { XCLIENT_KEYWORD } from './commands/xclient.ts';
import type { ServerOptions } from './server-events.ts';

/** The lines of EHLO's answer after the first (RFC 5321 §4.1.1.1). */
export function extensionKeywords(
  options: ServerOptions,
  now: { readonly secure: boolean; readonly auth: boolean },
): string[] {
  return [
    'PIPELINING',
    `SIZE ${options.maxMessageBytes}`,
    ...(options.startQueue ? ['ETRN'] : []),
    ...(options.startTls && !now.secure ? ['STARTTLS'] : []),
    ...(now.auth ? [`AUTH ${options.sasl().names.join(' ')}`] : []),
    ...(now.secure ? ['REQUIRETLS'] : []),
    'ENHANCEDSTATUSCODES',
    'BINARYMIME',
    'CHUNKING',
    'SMTPUTF8',
    'DSN',
    'DELIVERBY',
    'MT-PRIORITY',
    ...futureRelease(options),
    limits(options),
    ...(options.xclient ? [XCLIENT_KEYWORD] : []),
    '8BITMIME',
  ];
}

/** RFC 4865 §3: seconds, and the moment they end. */
function futureRelease({ futureRelease: offered }: ServerOptions): string[] {
  if (offered === undefined) return [];
  const latest = new Date(offered.now() + offered.maxSeconds * 1_000).toISOString();
  return [`FUTURERELEASE ${offered.maxSeconds} ${latest.slice(0, 19)}Z`];
}

/** RFC 9422 §3. */
function limits({ maxRecipients, maxTransactions, maxRecipientDomains }: ServerOptions): string {
  const mails = maxTransactions === undefined ? '' : ` MAILMAX=${maxTransactions}`;
  const domains = maxRecipientDomains === undefined ? '' : ` RCPTDOMAINMAX=${maxRecipientDomains}`;
  return `LIMITS${mails} RCPTMAX=${maxRecipients}${domains}`;
}

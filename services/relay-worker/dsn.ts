import { formatDate } from '../../shared/message/date.ts';
import { fromUnitext, fromXtext, toAsciiUnitext } from '../../shared/protocol/smtp/xtext.ts';

/** RFC 3464 §2.3.3. */
export type DsnAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface DsnRecipient {
  readonly forwardPath: string;
  /** RFC 3461 ORCPT as given: `rfc822;xtext`. */
  readonly originalRecipient?: string;
  /** RFC 3463. */
  readonly status: string;
  /** The remote's reply, or what happened in our words. */
  readonly reply: string;
  /** `mx.example.org[192.0.2.1]`, '' when nobody was talked to. */
  readonly remote: string;
  /** Unix milliseconds: until when attempts go on, for 'delayed'. */
  readonly retryUntil?: number;
}

export interface Dsn {
  readonly action: DsnAction;
  readonly recipients: readonly DsnRecipient[];
  /** The reverse-path of the message: never the null one. */
  readonly to: string;
  /** Our own name. */
  readonly hostname: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly arrivedAt: number;
  /** RFC 3461 ENVID as given, xtext. */
  readonly envelopeId?: string;
  /** Message-ID of the message, to keep the thread; left out when it is none. */
  readonly messageId?: string | null;
  /** What goes back of the message: all of it, or its header. null: it is not there any more. */
  readonly returned: { readonly bytes: Uint8Array; readonly whole: boolean } | null;
  /** Random, for Message-ID and boundary: hexadecimal digits. */
  readonly token: string;
}

const SUBJECTS: Readonly<Record<DsnAction, string>> = {
  failed: 'Your message could not be delivered',
  delayed: 'Your message is delayed',
  delivered: 'Your message was delivered',
  relayed: 'Your message was passed on',
  expanded: 'Your message went to a list',
};

const EXPLANATIONS: Readonly<Record<DsnAction, string>> = {
  failed: 'Your message could not be delivered to the recipients below.\r\nIt will not be tried again.',
  delayed:
    'Your message could not be delivered to the recipients below so far.\r\nYou need do nothing: it will be tried again.',
  delivered: 'Your message was delivered to the mailbox of the recipients below.',
  expanded:
    'Your message was passed on to all behind the addresses below, which stand\r\nfor several recipients. No more will be reported.',
  relayed:
    'Your message was handed to the server of the recipients below, which\r\ndoes not say whether it reaches them. No more will be reported.',
};

/** What a remote said begins so; RFC 3464 §2.3.6 has no Diagnostic-Code for what we say ourselves. */
const SMTP_REPLY = /^\d{3}(?: |$)/;
/** Longest text given back of one reply, in characters. */
const MAX_REPLY = 1_000;

/** A delivery status notification (RFC 3464) as multipart/report (RFC 6522), CRLF throughout; with UTF-8 addresses as RFC 6533 has it. */
export function composeDsn(dsn: Dsn): Buffer {
  const international = isInternational(dsn);
  const boundary = `=_${dsn.token}`;
  const returned = returnedPart(dsn, international);
  const eightBit = international || (dsn.returned?.bytes.some((byte) => byte > 127) ?? false);
  const status = international ? 'message/global-delivery-status' : 'message/delivery-status';
  const head = [
    ...header(dsn),
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${international ? 'global-delivery-status' : 'delivery-status'};\r\n boundary="${boundary}"`,
    ...(eightBit ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    'This is a report of a mail server in parts (RFC 3464).',
    '',
    `--${boundary}`,
    `Content-Type: text/plain; charset=${international ? 'utf-8' : 'us-ascii'}`,
    ...(international ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    explanation(dsn),
    '',
    `--${boundary}`,
    `Content-Type: ${status}`,
    ...(international ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    perMessage(dsn),
    ...dsn.recipients.flatMap((recipient) => ['', perRecipient(dsn, recipient)]),
    '',
    ...(returned ? [`--${boundary}`, ...returned.fields, '', ''] : []),
  ].join('\r\n');
  const pieces = [Buffer.from(head, 'utf8')];
  if (returned) pieces.push(Buffer.from(returned.bytes), Buffer.from('\r\n'));
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}

/** RFC 6531: an address of the DSN itself is not ASCII, so it can only travel with SMTPUTF8. */
export function needsSmtpUtf8(dsn: Pick<Dsn, 'to'>): boolean {
  return notAscii(dsn.to);
}

function header(dsn: Dsn): string[] {
  const reference =
    dsn.messageId && /^<[\x21-\x3d\x3f-\x7e]{3,900}>$/.test(dsn.messageId) ? dsn.messageId : null;
  return [
    `From: Mail Delivery System <MAILER-DAEMON@${dsn.hostname}>`,
    `To: <${dsn.to}>`,
    `Subject: ${SUBJECTS[dsn.action]}`,
    `Date: ${formatDate(dsn.now)}`,
    `Message-ID: <${dsn.token}.dsn@${dsn.hostname}>`,
    ...(reference ? [`In-Reply-To: ${reference}`, `References: ${reference}`] : []),
    // RFC 3834: so that no vacation notice answers.
    'Auto-Submitted: auto-replied',
  ];
}

function explanation(dsn: Dsn): string {
  const lines = dsn.recipients.map(({ forwardPath, reply }) =>
    reply === '' ? `<${forwardPath}>` : `<${forwardPath}>:\r\n    ${wrap(words(reply, dsn), '    ')}`,
  );
  return [
    `This is the mail server at ${dsn.hostname}.`,
    '',
    EXPLANATIONS[dsn.action],
    '',
    lines.join('\r\n\r\n'),
  ].join('\r\n');
}

/** RFC 3464 §2.2. */
function perMessage(dsn: Dsn): string {
  return [
    `Reporting-MTA: dns; ${dsn.hostname}`,
    ...(dsn.envelopeId ? [`Original-Envelope-Id: ${clean(fromXtext(dsn.envelopeId))}`] : []),
    `Arrival-Date: ${formatDate(dsn.arrivedAt)}`,
  ].join('\r\n');
}

/** RFC 3464 §2.3. */
function perRecipient(dsn: Dsn, recipient: DsnRecipient): string {
  const original = originalRecipient(recipient.originalRecipient, isInternational(dsn));
  const remote = remoteName(recipient.remote);
  return [
    ...(original ? [`Original-Recipient: ${original}`] : []),
    `Final-Recipient: ${notAscii(recipient.forwardPath) ? 'utf-8' : 'rfc822'}; ${recipient.forwardPath}`,
    `Action: ${dsn.action}`,
    `Status: ${recipient.status}`,
    ...(remote ? [`Remote-MTA: dns; ${remote}`] : []),
    ...(SMTP_REPLY.test(recipient.reply)
      ? [wrap(`Diagnostic-Code: smtp; ${words(recipient.reply, dsn)}`, ' ')]
      : []),
    `Last-Attempt-Date: ${formatDate(dsn.now)}`,
    ...(recipient.retryUntil === undefined ? [] : [`Will-Retry-Until: ${formatDate(recipient.retryUntil)}`]),
  ].join('\r\n');
}

/** RFC 3464 §2.3.5: a domain name, or an address literal of RFC 5321 §4.1.3 for a host that is known by its address alone. */
function remoteName(remote: string): string {
  const name = remote.replace(/\[[^\]]*\]$/, '');
  if (name.startsWith('[')) return name;
  if (name.includes(':')) return `[IPv6:${name}]`;
  return /^[\d.]+$/.test(name) ? `[${name}]` : name;
}

function returnedPart(dsn: Dsn, international: boolean): { fields: string[]; bytes: Uint8Array } | null {
  if (dsn.returned === null) return null;
  const { bytes, whole } = dsn.returned;
  const plain = whole ? 'message/rfc822' : 'text/rfc822-headers';
  const type = international ? (whole ? 'message/global' : 'message/global-headers') : plain;
  const eightBit = bytes.some((byte) => byte > 127);
  return {
    bytes,
    fields: [`Content-Type: ${type}`, ...(eightBit ? ['Content-Transfer-Encoding: 8bit'] : [])],
  };
}

function isInternational(dsn: Dsn): boolean {
  return notAscii(dsn.to) || dsn.recipients.some((recipient) => notAscii(recipient.forwardPath));
}

function notAscii(text: string): boolean {
  return /[^\u0000-\u007f]/.test(text);
}

/** A remote's words, made fit to stand in a header field. */
function words(reply: string, dsn: Dsn): string {
  const text = clean(reply).slice(0, MAX_REPLY);
  return isInternational(dsn) ? text : text.replace(/[^\u0020-\u007e]/g, '?');
}

function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}

/** Folds at blanks into lines of some 76 characters; one word without a blank stays whole up to MAX_REPLY. */
function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + word.length >= 76) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line += line === '' ? word : ` ${word}`;
  }
  lines.push(line);
  return lines.join('\r\n');
}

function originalRecipient(given: string | undefined, international: boolean): string | null {
  const match = given === undefined ? null : /^([A-Za-z0-9-]{1,64});(.*)$/.exec(given);
  if (!match) return null;
  const [, type, address] = match as unknown as [string, string, string];
  // RFC 6533 §3: in a DSN that is ASCII, UTF-8 stays written out.
  if (type.toLowerCase() !== 'utf-8') return `${type}; ${clean(fromXtext(address))}`;
  return `${type}; ${clean(international ? fromUnitext(address) : toAsciiUnitext(address))}`;
}

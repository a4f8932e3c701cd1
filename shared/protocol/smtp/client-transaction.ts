import type { Extensions } from './client-extensions.ts';
import type { Body, DeliverBy } from './mail-parameters.ts';
import type { Reply } from './reply-parser.ts';
import { toAsciiUnitext } from './xtext.ts';

export interface ClientRecipient {
  /** Without angle brackets. */
  readonly forwardPath: string;
  /** RFC 3461 NOTIFY value, as it is said (`SUCCESS,FAILURE`). */
  readonly notify?: string;
  /** RFC 3461 ORCPT, xtext. */
  readonly originalRecipient?: string;
}

/** One mail transaction as the client says it: MAIL, one RCPT a recipient, DATA. */
export interface ClientTransaction {
  /** '' is the null reverse-path. Without angle brackets. */
  readonly reversePath: string;
  readonly recipients: readonly ClientRecipient[];
  /** Bytes of the message, before dot-stuffing (RFC 1870 §5). */
  readonly size: number;
  /** 'binary' goes out by BDAT (RFC 3030), octet for octet; the others by DATA. */
  readonly body: Body;
  readonly smtpUtf8: boolean;
  /** RFC 8689. */
  readonly requireTls?: boolean;
  /** RFC 6710; 0 is not said. */
  readonly priority?: number;
  /** RFC 2852. */
  readonly deliverBy?: DeliverBy;
  /** RFC 3461 ENVID, xtext. */
  readonly envelopeId?: string;
  readonly returnContent?: 'full' | 'headers';
}

/** What the server has said of a transaction so far. */
export interface Progress {
  mail: Reply | null;
  /** One a recipient, in order. */
  readonly recipients: (Reply | null)[];
  /** The reply to DATA when it was not 354, else to the end of the message. */
  data: Reply | null;
}

/** False for a path or parameter with a control character, or one too long for a command line (RFC 5321 §4.5.3.1.3). */
export function isSayable(path: string): boolean {
  return path.length <= 1_000 && !/[\u0000-\u001f\u007f]/.test(path);
}

/** The parameters go by what the server offers; what it lacks is left out, so the caller checks `Extensions` first. */
export function mailCommand(transaction: ClientTransaction, offered: Extensions): string {
  let line = `MAIL FROM:<${sayable(transaction.reversePath)}>`;
  if (offered.size !== null) line += ` SIZE=${transaction.size}`;
  if (offered.eightBitMime && transaction.body === '8bit') line += ' BODY=8BITMIME';
  if (transaction.body === 'binary') line += ' BODY=BINARYMIME';
  if (offered.smtpUtf8 && transaction.smtpUtf8) line += ' SMTPUTF8';
  if (offered.requireTls && transaction.requireTls) line += ' REQUIRETLS';
  if (offered.priority && transaction.priority) line += ` MT-PRIORITY=${transaction.priority}`;
  if (offered.deliverBy !== null && transaction.deliverBy)
    line += ` BY=${deliverByValue(transaction.deliverBy)}`;
  if (!offered.dsn) return `${line}\r\n`;
  if (transaction.returnContent) line += transaction.returnContent === 'full' ? ' RET=FULL' : ' RET=HDRS';
  if (transaction.envelopeId) line += ` ENVID=${word(transaction.envelopeId)}`;
  return `${line}\r\n`;
}

export function rcptCommand(recipient: ClientRecipient, offered: Extensions): string {
  let line = `RCPT TO:<${sayable(recipient.forwardPath)}>`;
  if (offered.dsn && recipient.notify) line += ` NOTIFY=${word(recipient.notify)}`;
  if (offered.dsn && recipient.originalRecipient)
    line += ` ORCPT=${word(toAsciiUnitext(recipient.originalRecipient))}`;
  return `${line}\r\n`;
}

function deliverByValue({ seconds, mode, trace }: DeliverBy): string {
  return `${seconds};${mode === 'return' ? 'R' : 'N'}${trace ? 'T' : ''}`;
}

function sayable(path: string): string {
  if (!isSayable(path)) throw new TypeError('a path that cannot stand in an SMTP command');
  return path;
}

function word(value: string): string {
  if (!isSayable(value) || value.includes(' '))
    throw new TypeError('a parameter that cannot stand in an SMTP command');
  return value;
}

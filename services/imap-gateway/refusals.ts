import { DatabaseUnavailable } from '../../shared/database/port.ts';
import { MAX_ANNOTATION_BYTES } from '../../shared/mailbox/annotation.ts';
import {
  type MailboxRefusal,
  MailboxUnavailable,
  type RefusalReason,
} from '../../shared/mailbox/operations.ts';
import { ConnectionClosed } from '../../shared/net/drive.ts';
import { WELL_KNOWN_CHARSETS } from '../../shared/search/charset.ts';
import { MessageDamaged, MessageMissing } from '../../shared/storage/port.ts';
import type { Outcome } from './outcome.ts';

/** Characters. */
const MAX_TOLD_URL = 1_000;

const no = (code: string | undefined, text: string): Outcome => ({ status: 'NO', code, text });
const bad = (text: string): Outcome => ({ status: 'BAD', text });

/** Every NO and BAD of this gateway (codes: RFC 5530); those about grammar and state are the engine's. */
export const REFUSALS = {
  plaintext: no('PRIVACYREQUIRED', 'A password is taken over TLS only; use STARTTLS first'),
  credentials: no('AUTHENTICATIONFAILED', 'Wrong name or password'),
  guesses: no('LIMIT', 'Too many failed log-ins, try again later'),
  mechanism: no('CANNOT', 'No such authentication mechanism'),
  malformedSasl: bad('Not a valid response for this mechanism'),
  cancelledSasl: bad('Authentication cancelled'),
  sessions: no('LIMIT', 'This account has too many sessions'),
  compression: bad('No such compression'),
  compressed: no('COMPRESSIONACTIVE', 'DEFLATE is active already'),
  tlsActive: bad('TLS is active already'),
  readOnly: no('READ-ONLY', 'The mailbox is selected read-only'),
  charset: no(`BADCHARSET (${WELL_KNOWN_CHARSETS.join(' ')})`, 'Unknown charset'),
  tagReuse: bad('That tag is one of a search that is kept up to date'),
  charsetGiven: bad('After ENABLE UTF8=ACCEPT all is UTF-8, and CHARSET is not taken'),
  notFuzzy: bad('RELEVANCY is for a search with FUZZY'),
  notSelected: bad('Select a mailbox first'),
  saveElsewhere: bad('Results are saved of the selected mailbox alone'),
  noContext: no('NONEXISTENT', 'No search of that tag is kept up to date'),
  searchString: bad('A search string is not UTF-8'),
  uidRequired: { status: 'BAD', code: 'UIDREQUIRED', text: 'Name messages by their UIDs' },
  reversedRange: { status: 'BAD', code: 'CLIENTBUG', text: 'The range of batches is reversed' },
  smallBatches: no('TOOFEW', 'A batch is 500 messages at least'),
  manyBatches: no('TOOMANY', 'Ask for batches of no more than 100000 messages at once'),
  qresync: bad('ENABLE QRESYNC first'),
  sequence: bad('No message has that sequence number'),
  noUid: no('NONEXISTENT', 'No message has that UID'),
  systemFlag: bad('No such system flag, or it cannot be changed'),
  keywords: no('LIMIT', 'Too many keywords, or a keyword is too long'),
  specialUse: no('USEATTR', 'No such special use'),
  tooBig: no('TOOBIG', 'The message is too large'),
  empty: no('CANNOT', 'A message of no bytes cannot be appended'),
  overQuota: no('OVERQUOTA', 'The account is over its quota'),
  noJmap: no('CANNOT', 'There is no JMAP here'),
  unknownEncoding: no('UNKNOWN-CTE', 'A part is encoded in a way that is not known here'),
  expunged: no('EXPUNGEISSUED', 'Some of the messages no longer exist'),
  damaged: no('CORRUPTION', 'A stored message is damaged'),
  twoAccounts: no('CANNOT', 'This does not go from one account to another'),
  entry: bad('Not the name of an entry'),
  rights: bad('Some of these are no rights'),
  quotaRoot: no('NONEXISTENT', 'No such quota root'),
  setQuota: no('NOPERM', 'Quotas are set by the administrator'),
  unavailable: no('UNAVAILABLE', 'Not available at the moment, try again later'),
} as const satisfies Record<string, Outcome>;

export const NO_PERMISSION = 'NOPERM';

const CODES: Readonly<Record<RefusalReason, string>> = {
  'not-found': 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  'bad-name': 'CANNOT',
  inbox: 'CANNOT',
  'has-children': 'HASCHILDREN',
  'over-quota': 'OVERQUOTA',
  limit: 'LIMIT',
  'in-use': 'INUSE',
  'no-account': 'AUTHORIZATIONFAILED',
  'no-permission': NO_PERMISSION,
  'bad-identifier': 'CANNOT',
  'annotation-size': `METADATA MAXSIZE ${MAX_ANNOTATION_BYTES}`,
  'annotation-count': 'METADATA TOOMANY',
  'special-use': 'USEATTR',
  owner: 'CANNOT',
  'bad-script': 'CANNOT',
  'script-active': 'CANNOT',
  'too-old': 'UNAVAILABLE',
  expunged: 'EXPUNGEISSUED',
  'no-mailbox': 'NONEXISTENT',
  'state-mismatch': 'CANNOT',
};

/** A refusal on its way from where it was found to the response. */
export class Refused extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(outcome.text);
    this.name = 'Refused';
    this.outcome = outcome;
  }
}

/** RFC 4469 §5: the URL is told as far as a response code can hold it. */
export function badUrl(url: string): Refused {
  const told = url.replace(/[^\x21-\x5c\x5e-\x7e]+/g, '?').slice(0, MAX_TOLD_URL);
  return new Refused(
    no(`BADURL "${told.replace(/["\\]/g, '?')}"`, 'That URL names nothing that can be put into a message'),
  );
}

/** `target`: the mailbox is one to put messages into, so that creating it would help (RFC 3501 §6.3.11). */
export function mailboxRefusal(refusal: MailboxRefusal, target = false): Refused {
  const code = target && refusal.refused === 'not-found' ? 'TRYCREATE' : CODES[refusal.refused];
  // A text that quotes a name must not break the line.
  return new Refused(no(code, refusal.text.replace(/[^\x20-\x7e]+/g, '?')));
}

/** The response to anything thrown; `expected` is false for what should be logged. */
export function refusalOf(error: unknown): { readonly outcome: Outcome; readonly expected: boolean } {
  if (error instanceof Refused) return { outcome: error.outcome, expected: true };
  if (error instanceof MessageMissing) return { outcome: REFUSALS.expunged, expected: true };
  if (error instanceof MessageDamaged) return { outcome: REFUSALS.damaged, expected: false };
  if (error instanceof MailboxUnavailable || error instanceof DatabaseUnavailable)
    return { outcome: REFUSALS.unavailable, expected: true };
  if (error instanceof ConnectionClosed) return { outcome: REFUSALS.unavailable, expected: true };
  return { outcome: REFUSALS.unavailable, expected: false };
}

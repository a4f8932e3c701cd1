import { type ReadParameter, readParameters } from './parameters.ts';
import { MAX_ENVELOPE_ID_BYTES } from './server-limits.ts';
import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';
import { isXtext } from './xtext.ts';

/** '7bit' and '8bit' are lines that end in CRLF; 'binary' is any octets (RFC 3030 §3). */
export type Body = '7bit' | '8bit' | 'binary';

/** RFC 2852 §4: deliver within so many seconds, else give it back or tell the sender. */
export interface DeliverBy {
  /** From now; below 1 only with 'notify'. */
  readonly seconds: number;
  readonly mode: 'return' | 'notify';
  /** Each relay that it was handed to is reported. */
  readonly trace: boolean;
}

/** RFC 4865 §4: not before. */
export type Hold =
  | { readonly kind: 'for'; readonly seconds: number }
  /** Unix milliseconds. */
  | { readonly kind: 'until'; readonly at: number };

export interface MailParameters {
  /** Octets the client means to send (RFC 1870); 0: not said. */
  readonly size: number;
  /** RFC 6152, RFC 3030. */
  readonly body: Body;
  /** AUTH= was there (RFC 4954 §5): taken from anyone it was offered to, trusted from no one. */
  readonly auth: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 3461 RET. */
  readonly returnContent?: 'full' | 'headers';
  /** RFC 3461 ENVID, xtext. */
  readonly envelopeId?: string;
  /** RFC 8689. */
  readonly requireTls: boolean;
  /** RFC 6710, -9 to 9. */
  readonly priority?: number;
  readonly deliverBy?: DeliverBy;
  readonly hold?: Hold;
}

type Writable = { -readonly [Key in keyof MailParameters]: MailParameters[Key] };

const NONE: MailParameters = { size: 0, body: '7bit', auth: false, smtpUtf8: false, requireTls: false };
const BODY: Readonly<Record<string, Body>> = { '7BIT': '7bit', '8BITMIME': '8bit', BINARYMIME: 'binary' };
const RETURN: Readonly<Record<string, 'full' | 'headers'>> = { FULL: 'full', HDRS: 'headers' };
/** RFC 3339 §5.6, as RFC 4865 (erratum 2040) has it. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/i;

const KNOWN: ReadonlyMap<string, ReadParameter<Writable>> = new Map<string, ReadParameter<Writable>>([
  [
    'SIZE',
    (value, into) => {
      if (!/^\d{1,20}$/.test(value)) return replies.parameterSyntax;
      into.size = Number(value);
    },
  ],
  [
    'BODY',
    (value, into) => {
      const body = BODY[value.toUpperCase()];
      if (body === undefined) return replies.parameterSyntax;
      into.body = body;
    },
  ],
  [
    'AUTH',
    (value, into) => {
      if (value === '') return replies.parameterSyntax;
      into.auth = true;
    },
  ],
  [
    'SMTPUTF8',
    (value, into) => {
      if (value !== '') return replies.parameterSyntax;
      into.smtpUtf8 = true;
    },
  ],
  [
    'RET',
    (value, into) => {
      const content = RETURN[value.toUpperCase()];
      if (content === undefined) return replies.parameterSyntax;
      into.returnContent = content;
    },
  ],
  [
    'ENVID',
    (value, into) => {
      if (value === '' || value.length > MAX_ENVELOPE_ID_BYTES || !isXtext(value))
        return replies.parameterSyntax;
      into.envelopeId = value;
    },
  ],
  [
    'REQUIRETLS',
    (value, into) => {
      if (value !== '') return replies.parameterSyntax;
      into.requireTls = true;
    },
  ],
  [
    'MT-PRIORITY',
    (value, into) => {
      if (!/^-?\d$/.test(value)) return replies.parameterSyntax;
      into.priority = Number(value) || 0;
    },
  ],
  ['BY', readDeliverBy],
  [
    'HOLDFOR',
    (value, into) => {
      if (into.hold !== undefined || !/^[1-9]\d{0,8}$/.test(value)) return replies.parameterSyntax;
      into.hold = { kind: 'for', seconds: Number(value) };
    },
  ],
  [
    'HOLDUNTIL',
    (value, into) => {
      const at = DATE_TIME.test(value) ? Date.parse(value) : Number.NaN;
      if (into.hold !== undefined || Number.isNaN(at)) return replies.parameterSyntax;
      into.hold = { kind: 'until', at };
    },
  ],
]);

/** by-value = by-time ";" by-mode [by-trace] (RFC 2852 §4). */
function readDeliverBy(value: string, into: Writable): ServerReply | undefined {
  const found = /^([+-]?\d{1,9});([RN])(T?)$/i.exec(value);
  if (!found) return replies.parameterSyntax;
  const seconds = Number(found[1]);
  const mode = found[2]!.toUpperCase() === 'R' ? 'return' : 'notify';
  // RFC 2852 §4: nothing can be given back before it came.
  if (mode === 'return' && seconds <= 0) return replies.parameterSyntax;
  into.deliverBy = { seconds, mode, trace: found[3] !== '' };
  return undefined;
}

/** What follows the reverse-path of MAIL; a reply when it cannot be taken. */
export function parseMailParameters(text: string): MailParameters | ServerReply {
  if (text === '') return NONE;
  const into: Writable = { ...NONE };
  return readParameters(text, KNOWN, into) ?? into;
}

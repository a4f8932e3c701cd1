import { parseNotify } from './notify.ts';
import { type ReadParameter, readParameters } from './parameters.ts';
import { MAX_ORIGINAL_RECIPIENT_BYTES } from './server-limits.ts';
import { replies } from './server-replies.ts';
import type { ServerReply } from './server-reply.ts';
import { isUnitext, isXtext } from './xtext.ts';

export interface RcptParameters {
  /** Bits of `Notify`; 0: not given. */
  readonly notify: number;
  /** RFC 3461 ORCPT as given: `rfc822;xtext`, or `utf-8;…` (RFC 6533). */
  readonly originalRecipient?: string;
}

type Writable = { -readonly [Key in keyof RcptParameters]: RcptParameters[Key] };

const NONE: RcptParameters = { notify: 0 };

const KNOWN: ReadonlyMap<string, ReadParameter<Writable>> = new Map<string, ReadParameter<Writable>>([
  [
    'NOTIFY',
    (value, into) => {
      const bits = parseNotify(value);
      if (bits === undefined) return replies.parameterSyntax;
      into.notify = bits;
    },
  ],
  ['ORCPT', readOriginalRecipient],
]);

function readOriginalRecipient(value: string, into: Writable): ServerReply | undefined {
  if (Buffer.byteLength(value) > MAX_ORIGINAL_RECIPIENT_BYTES) return replies.parameterSyntax;
  const found = /^([A-Za-z0-9-]{1,64});(.+)$/.exec(value);
  if (!found) return replies.parameterSyntax;
  const fits = found[1]!.toLowerCase() === 'utf-8' ? isUnitext : isXtext;
  if (!fits(found[2]!)) return replies.parameterSyntax;
  into.originalRecipient = value;
  return undefined;
}

/** What follows the forward-path of RCPT; a reply when it cannot be taken. */
export function parseRcptParameters(text: string): RcptParameters | ServerReply {
  if (text === '') return NONE;
  const into: Writable = { ...NONE };
  return readParameters(text, KNOWN, into) ?? into;
}

import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import type { EmailId } from '../../../../shared/mailbox/types.ts';

/** Bytes [start, end) of what is before it, transfer-decoded. */
export interface Slice {
  readonly start: number;
  readonly end: number;
  /** Content-Transfer-Encoding, lower case; '' or any other than these two: the bytes as they are. */
  readonly encoding: string;
}

/** A blob: a stored message or upload, or a slice of one, or a slice of a slice. */
export interface BlobRef {
  readonly emailId: EmailId;
  readonly slices: readonly Slice[];
}

/** A part in a message that is an attachment in base64, that is within such a one. */
const MAX_SLICES = 4;
const CODES: Readonly<Record<string, string>> = { base64: 'b', 'quoted-printable': 'q' };
const ENCODINGS: Readonly<Record<string, string>> = { n: '', b: 'base64', q: 'quoted-printable' };

/** `<EmailId>` or `<EmailId>-<start><code><length>…`, numbers in base 36: made of what it is, so that nothing need be kept. */
export function blobId({ emailId, slices }: BlobRef): string {
  const steps = slices.map(({ start, end, encoding }) => {
    const code = CODES[encoding] ?? 'n';
    return `-${start.toString(36)}_${code}${(end - start).toString(36)}`;
  });
  return emailId + steps.join('');
}

/** Undefined: it is none of ours. */
export function readBlobId(text: string): BlobRef | undefined {
  const [emailId = '', ...steps] = text.split('-');
  if (!isEmailId(emailId) || steps.length > MAX_SLICES) return undefined;
  const slices: Slice[] = [];
  for (const step of steps) {
    const match = /^([0-9a-z]{1,8})_([nbq])([0-9a-z]{1,8})$/.exec(step);
    if (match === null) return undefined;
    const start = Number.parseInt(match[1]!, 36);
    slices.push({ start, end: start + Number.parseInt(match[3]!, 36), encoding: ENCODINGS[match[2]!]! });
  }
  return { emailId, slices };
}

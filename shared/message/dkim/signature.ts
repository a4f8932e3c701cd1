import { asBuffer, type HeaderField, headerFields, trimBlanks } from '../header.ts';

/** RFC 6376 §8.15: signed once more than they are there, so that none can be added without breaking the signature. */
const OVERSIGNED = [
  ...['From', 'Reply-To', 'Subject', 'Date', 'To', 'Cc', 'Message-ID'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
];
/** So too, but only where they are: a list may add them. */
const OVERSIGNED_IF_PRESENT = ['Sender', 'In-Reply-To', 'References'];
const SIGNED_IF_PRESENT = [
  ...['List-Id', 'List-Help', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Subscribe', 'List-Post'],
  ...['List-Owner', 'List-Archive'],
];
/** A header with more of one field than this is not mail that anybody would read the same way; the rest stays unsigned. */
const MAX_INSTANCES = 20;

const LINE = 72;

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface SignatureTerms {
  readonly algorithm: DkimAlgorithm;
  /** In A-labels. */
  readonly domain: string;
  readonly selector: string;
  /** SHA-256 of the relaxed body, base64. */
  readonly bodyHash: string;
  /** Unix seconds. */
  readonly at: number;
}

export interface Unsigned {
  /** What is to be signed. */
  readonly input: Buffer;
  /** The field with its CRLF, once the signature (base64) is there. */
  field(signature: string): string;
}

/** A DKIM-Signature to be (RFC 6376 §3.5, relaxed/relaxed). null: there is no From, without which nothing is signed (§5.4). */
export function dkimSignature(header: Uint8Array, terms: SignatureTerms): Unsigned | null {
  const bytes = asBuffer(header);
  const fields = headerFields(bytes);
  if (!fields.some(({ name }) => name === 'from')) return null;
  const { names, signed } = choose(fields);
  const start = [
    `DKIM-Signature: v=1; a=${terms.algorithm}; c=relaxed/relaxed; d=${terms.domain};`,
    `s=${terms.selector}; t=${terms.at};`,
    `${folded('h=', names)};`,
    `bh=${terms.bodyHash};`,
    'b=',
  ].join('\r\n\t');
  const lines = signed.map((field) => `${relaxed(bytes.toString('latin1', field.nameStart, field.end))}\r\n`);
  return {
    input: Buffer.from(lines.join('') + relaxed(start), 'latin1'),
    field: (signature) => `${start}${chunks(signature).join('\r\n\t')}\r\n`,
  };
}

/** A field in the form that is signed (RFC 6376 §3.4.2), without its CRLF. Latin1. */
export function relaxed(field: string): string {
  const colon = field.indexOf(':');
  const name = trimBlanks(field.slice(0, colon)).toLowerCase();
  const value = field
    .slice(colon + 1)
    .replace(/\r?\n/g, '')
    .replace(/[ \t]+/g, ' ');
  return `${name}:${trimBlanks(value)}`;
}

/** The names of `h=`, and the fields that they stand for, each name's last one first (RFC 6376 §5.4.2). */
function choose(fields: readonly HeaderField[]): { names: string[]; signed: HeaderField[] } {
  const byName = new Map<string, HeaderField[]>();
  for (const field of fields) {
    const some = byName.get(field.name);
    if (some) some.push(field);
    else byName.set(field.name, [field]);
  }
  const names: string[] = [];
  const signed: HeaderField[] = [];
  const add = (name: string, oversigned: (present: number) => boolean) => {
    const all = byName.get(name.toLowerCase()) ?? [];
    const present = all.slice(-MAX_INSTANCES).toReversed();
    signed.push(...present);
    const one = all.length <= MAX_INSTANCES && oversigned(all.length) ? 1 : 0;
    names.push(...Array<string>(present.length + one).fill(name));
  };
  for (const name of OVERSIGNED) add(name, () => true);
  for (const name of OVERSIGNED_IF_PRESENT) add(name, (present) => present > 0);
  for (const name of SIGNED_IF_PRESENT) add(name, () => false);
  return { names, signed };
}

function folded(tag: string, names: readonly string[]): string {
  let text = tag;
  let line = tag.length;
  for (const [i, name] of names.entries()) {
    const word = i === 0 ? name : `:${name}`;
    if (line + word.length > LINE) {
      text += '\r\n\t ';
      line = 0;
    }
    text += word;
    line += word.length;
  }
  return text;
}

function chunks(text: string): string[] {
  return text.match(/.{1,72}/g) ?? [];
}

import type { EmailId } from '../../../shared/mailbox/types.ts';
import { decodeRaw } from '../../../shared/message/charset.ts';
import { leafParts } from '../../../shared/message/part.ts';
import type { MessageStructure } from '../../../shared/message/structure.ts';
import { TextReader } from '../../../shared/message/text.ts';
import { transferDecoder } from '../../../shared/message/transfer-encoding.ts';
import type { SieveBody } from '../../../shared/sieve/run.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';

/** Bytes of a body that a filter looks at; what a person would filter by stands further up. */
const MAX_BODY_BYTES = 1_048_576;
const MAX_PARTS = 200;

/** The body for `body` tests (RFC 5173), its first `MAX_BODY_BYTES`. */
export async function messageBody(
  storage: MessageStorage,
  emailId: EmailId,
  structure: MessageStructure,
): Promise<SieveBody> {
  const { bodyStart } = structure.body;
  const bytes = await storage.readAll(emailId, bodyStart, bodyStart + MAX_BODY_BYTES);
  const parts: { type: string; text: string }[] = [];
  for (const part of leafParts(structure.body)) {
    if (parts.length >= MAX_PARTS) break;
    const own = bytes.subarray(
      Math.max(0, part.bodyStart - bodyStart),
      Math.max(0, part.bodyEnd - bodyStart),
    );
    const type = `${part.type}/${part.subtype}`;
    if (part.type === 'text') {
      const reader = new TextReader(part);
      parts.push({ type, text: reader.write(own) + reader.end() });
    } else {
      const decoder = transferDecoder(part.encoding);
      parts.push({ type, text: Buffer.concat([decoder.write(own), decoder.end()]).toString('latin1') });
    }
  }
  return { raw: decodeRaw(bytes.toString('latin1')), parts };
}

import { headerValue } from '../../shared/message/header.ts';
import type { RemoteEntry } from '../../shared/spool/remote.ts';
import type { MessageStorage } from '../../shared/storage/port.ts';
import type { OutgoingMessage } from './attempt.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { Sign } from './signing/signer.ts';

/** A longer header is taken to need SMTPUTF8 when its sender said so, and not to waive TLS. */
const MAX_HEADER_BYTES = 262_144;

/** The stored message without our Return-Path line, and in front of it what signs it. */
export async function outgoingMessage(
  storage: MessageStorage,
  ahead: ReadAhead,
  sign: Sign,
  entry: RemoteEntry,
  upcoming: () => readonly RemoteEntry[],
): Promise<OutgoingMessage> {
  /** Read once for signing and sending, when it is small. */
  let whole: Promise<Buffer | undefined> | undefined;
  async function* stored(): AsyncGenerator<Uint8Array> {
    whole ??= ahead.take(entry, upcoming());
    const bytes = await whole;
    if (bytes) yield bytes.subarray(entry.returnPathBytes);
    else yield* storage.read(entry.emailId, entry.returnPathBytes, entry.size);
  }
  const signature = await sign(entry, stored);
  return {
    utf8Header: entry.smtpUtf8 && (await hasUtf8Header(storage, entry)),
    size: signature.length + entry.size - entry.returnPathBytes,
    tlsOptional: async () =>
      (await readHeader(storage, entry)).some(
        (header) => headerValue(header, 'tls-required')?.trim().toLowerCase() === 'no',
      ),
    async *body() {
      if (signature.length > 0) yield signature;
      yield* stored();
    },
  };
}

/** SMTPUTF8 may be said of a message that turns out plain, which any server can take (RFC 6531 §3.4). */
async function hasUtf8Header(storage: MessageStorage, entry: RemoteEntry): Promise<boolean> {
  const [header] = await readHeader(storage, entry);
  return header === undefined || header.some((byte) => byte > 127);
}

/** The header; none: it is too long. */
async function readHeader(storage: MessageStorage, entry: RemoteEntry): Promise<[] | [Buffer]> {
  const stored = (await storage.structures([entry.emailId])).get(entry.emailId);
  const end = stored?.structure.body.bodyStart ?? entry.size;
  return end > MAX_HEADER_BYTES ? [] : [await storage.readAll(entry.emailId, 0, end)];
}

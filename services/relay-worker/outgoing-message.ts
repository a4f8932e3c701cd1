import type { RemoteEntry } from '../../shared/spool/remote.ts';
import type { MessageStorage } from '../../shared/storage/port.ts';
import type { OutgoingMessage } from './attempt.ts';
import type { ReadAhead } from './read-ahead.ts';

/** A longer header is taken to need SMTPUTF8 when its sender said so. */
const MAX_HEADER_BYTES = 262_144;

/** The stored message without our Return-Path line. */
export async function outgoingMessage(
  storage: MessageStorage,
  ahead: ReadAhead,
  entry: RemoteEntry,
  upcoming: () => readonly RemoteEntry[],
): Promise<OutgoingMessage> {
  return {
    utf8Header: entry.smtpUtf8 && (await hasUtf8Header(storage, entry)),
    async *body() {
      const whole = await ahead.take(entry, upcoming());
      if (whole) yield whole.subarray(entry.returnPathBytes);
      else yield* storage.read(entry.emailId, entry.returnPathBytes, entry.size);
    },
  };
}

/** SMTPUTF8 may be said of a message that turns out plain, which any server can take (RFC 6531 §3.4). */
async function hasUtf8Header(storage: MessageStorage, entry: RemoteEntry): Promise<boolean> {
  const stored = (await storage.structures([entry.emailId])).get(entry.emailId);
  const end = stored?.structure.body.bodyStart ?? entry.size;
  if (end > MAX_HEADER_BYTES) return true;
  const header = await storage.readAll(entry.emailId, 0, end);
  return header.some((byte) => byte > 127);
}

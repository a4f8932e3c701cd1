import type { SessionRecord } from './port.ts';

/** What one record may take in the store; the protocol state is the part that could grow. */
export const MAX_RECORD_BYTES = 65_536;

/** Throws RangeError when the record is larger than the store allows. */
export function encodeRecord(record: SessionRecord): string {
  const text = JSON.stringify(record);
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES)
    throw new RangeError(`session ${record.sessionId}: record larger than ${MAX_RECORD_BYTES} bytes`);
  return text;
}

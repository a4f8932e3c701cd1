import { bodyRange } from '../../../shared/message/part.ts';
import { LOOKED_AT_BYTES, partToShow, previewOf } from '../../../shared/search/preview.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { WHOLE_READ_BYTES } from '../limits.ts';
import type { LoadedMessage } from './message-batch.ts';

/**
 * The beginning of what the message says (RFC 8970 §3), on one line; '' where it says nothing in text. `lazy`: null
 * instead of one more read from storage.
 */
export async function preview(
  storage: MessageStorage,
  message: LoadedMessage,
  lazy: boolean,
): Promise<string | null> {
  const part = partToShow(message.structure!);
  if (part === undefined) return '';
  if (lazy && message.bytes === undefined && message.facts!.size > WHOLE_READ_BYTES) return null;
  const { start, end } = bodyRange(part);
  const stop = Math.min(end, start + LOOKED_AT_BYTES);
  const bytes =
    message.bytes?.subarray(start, stop) ?? (await storage.readAll(message.facts!.emailId, start, stop));
  return previewOf(part, bytes, stop === end);
}

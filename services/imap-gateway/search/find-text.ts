import { type MessageBytes, messageText } from '../../../shared/search/message-text.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import type { TextCriterion } from './criterion.ts';
import { NeedleScan } from './needle-scan.ts';

/** Which of the strings are in the message, decoded (RFC 9051 §6.4.4 TEXT and BODY); in memory a piece at a time. */
export async function findText(
  storage: MessageStorage,
  message: MessageBytes,
  wanted: readonly TextCriterion[],
): Promise<ReadonlySet<TextCriterion>> {
  const scan = new NeedleScan(wanted);
  const header = wanted.some((criterion) => criterion.test === 'text');
  if (scan.complete) return scan.found;
  for await (const { text, body, ends } of messageText(storage, message, header)) {
    scan.write(text, body);
    if (scan.complete) break;
    if (ends) scan.break();
  }
  return scan.found;
}

import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { tagCorrelator } from '../../../shared/protocol/imap/format-esearch.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** Batches that are smaller, or reach further, are not worth the response (RFC 10022 §3.1). */
const MIN_BATCH = 500;
const MAX_MESSAGES = 100_000;

/**
 * UIDBATCHES (RFC 10022): ranges of uids, from the highest down, that hold so many messages each; together they leave
 * no uid out, so that the last reaches down to 1.
 */
export function uidBatches(session: ImapSession, command: CommandNamed<'UIDBATCHES'>, tag: string): Outcome {
  const { size, range } = command;
  if (range !== null && range.first > range.last) throw new Refused(REFUSALS.reversedRange);
  if (size < MIN_BATCH) throw new Refused(REFUSALS.smallBatches);
  if (range !== null && (range.last - range.first + 1) * size > MAX_MESSAGES)
    throw new Refused(REFUSALS.manyBatches);
  const { view } = session.selected!;
  const batches: string[] = [];
  const last = Math.min(range?.last ?? Number.POSITIVE_INFINITY, Math.ceil(view.count / size));
  for (let batch = range?.first ?? 1; batch <= last; batch += 1) {
    const high = view.uids[view.count - 1 - (batch - 1) * size]!;
    const below = view.count - 1 - batch * size;
    batches.push(`${high}:${below < 0 ? 1 : view.uids[below]! + 1}`);
  }
  const text = batches.length === 0 ? '' : ` ${batches.join(',')}`;
  session.engine.out.line(`* UIDBATCHES (${tagCorrelator(tag)})${text}`);
  return ok('UIDBATCHES completed');
}

import { randomUUID } from 'node:crypto';
import type { CommandNamed } from '../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { STORE_PAGE } from './limits.ts';
import { EXPUNGED } from './message-view.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';

export interface Transferred {
  /** Of the target. */
  readonly mailboxId: string;
  readonly uidValidity: number;
  readonly sourceUids: number[];
  readonly targetUids: number[];
}

/**
 * What COPY and MOVE do alike, in as many requests as the actor's limit asks for. `transferred`: undefined when that
 * was nothing. `failure`: what kept the rest from being transferred.
 *
 * By sequence number it is a failure when one of the messages is gone (RFC 2180 §4.4.1); by uid those are passed over.
 */
export async function transfer(
  session: ImapSession,
  command: CommandNamed<'COPY' | 'MOVE'>,
): Promise<{ readonly transferred: Transferred | undefined; readonly failure?: unknown }> {
  const { view, mailboxId } = session.selected!;
  const named = view.positions(command.set, command.uid);
  if (named === undefined) throw new Refused(REFUSALS.sequence);
  const positions = named.filter((at) => !(view.flags[at]! & EXPUNGED));
  const whole = !command.uid;
  if (whole && positions.length < named.length) throw new Refused(REFUSALS.expunged);
  const uids = positions.map((at) => view.uids[at]!);
  const to = command.mailbox;
  if (uids.length === 0) await session.ask('status', { name: to }, { target: true });
  const move = command.name === 'MOVE';
  let transferred: Transferred | undefined;
  try {
    for (let at = 0; at < uids.length; at += STORE_PAGE) {
      const page = formatSequenceSet(uids.slice(at, at + STORE_PAGE));
      const request = { requestId: randomUUID(), from: mailboxId, uids: page, to, move, whole };
      const reply = await session.ask('copy', request, { target: true });
      if (reply.sourceUids.length === 0) continue;
      transferred ??= { ...reply, sourceUids: [], targetUids: [] };
      transferred.sourceUids.push(...reply.sourceUids);
      transferred.targetUids.push(...reply.targetUids);
    }
  } catch (failure) {
    return { transferred, failure };
  }
  return { transferred };
}

/** RFC 4315 §3 */
export function copyUid({ uidValidity, sourceUids, targetUids }: Transferred): string {
  return `COPYUID ${uidValidity} ${formatSequenceSet(sourceUids)} ${formatSequenceSet(targetUids)}`;
}

import { randomUUID } from 'node:crypto';
import type { CommandNamed } from '../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { demandInsert } from './demand-rights.ts';
import { STORE_PAGE } from './limits.ts';
import { demandWithinLimit, withinLimit } from './message-limit.ts';
import { EXPUNGED } from './message-view.ts';
import { placeOf } from './place.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';
import { transferAcross } from './transfer-across.ts';

export interface Transferred {
  /** Of the target. */
  readonly mailboxId: string;
  readonly uidValidity: number;
  readonly sourceUids: number[];
  readonly targetUids: number[];
  /** Of the last change; none of messages that went to another account. */
  modSeq?: number;
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
): Promise<{
  readonly transferred: Transferred | undefined;
  readonly failure?: unknown;
  /** More messages were named than one command may move. */
  readonly code?: string;
}> {
  const { view } = session.selected!;
  const named = view.positions(command.set, command.uid);
  if (named === undefined) throw new Refused(REFUSALS.sequence);
  const positions = named.filter((at) => !(view.flags[at]! & EXPUNGED));
  const whole = !command.uid;
  if (whole && positions.length < named.length) throw new Refused(REFUSALS.expunged);
  const { positions: limited, code } = withinLimit(session, positions);
  if (command.name === 'COPY') demandWithinLimit(session, positions);
  const uids = limited.map((at) => view.uids[at]!).sort((one, other) => one - other);
  const to = command.mailbox;
  if (uids.length === 0) await demandInsert(session, to);
  const move = command.name === 'MOVE';
  const { owner } = await placeOf(session, to, { target: true });
  const pages = owner === session.owner ? transferWithin : transferAcross;
  let transferred: Transferred | undefined;
  try {
    for await (const page of pages(session, uids, to, { move, whole })) {
      if (page.sourceUids.length === 0) continue;
      transferred ??= { ...page, sourceUids: [], targetUids: [] };
      transferred.sourceUids.push(...page.sourceUids);
      transferred.targetUids.push(...page.targetUids);
      transferred.modSeq = page.modSeq;
    }
  } catch (failure) {
    return { transferred, failure };
  }
  return { transferred, code };
}

/** From one mailbox to another of the same account: by its actor. */
async function* transferWithin(
  session: ImapSession,
  uids: readonly number[],
  to: string,
  options: { readonly move: boolean; readonly whole: boolean },
): AsyncGenerator<Transferred> {
  const from = session.selected!.mailboxId;
  for (let at = 0; at < uids.length; at += STORE_PAGE) {
    const page = formatSequenceSet(uids.slice(at, at + STORE_PAGE));
    const request = { requestId: randomUUID(), from, uids: page, to, ...options };
    yield await session.ask('copy', request, { target: true });
  }
}

/** RFC 4315 §3 */
export function copyUid({ uidValidity, sourceUids, targetUids }: Transferred): string {
  return `COPYUID ${uidValidity} ${formatSequenceSet(sourceUids)} ${formatSequenceSet(targetUids)}`;
}

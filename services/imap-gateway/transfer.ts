import { randomUUID } from 'node:crypto';
import type { CommandNamed } from '../../shared/protocol/imap/command.ts';
import { formatSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { EXPUNGED } from './message-view.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';

/** What COPY and MOVE do alike; undefined: there was nothing to transfer. */
export async function transfer(
  session: ImapSession,
  command: CommandNamed<'COPY' | 'MOVE'>,
  move: boolean,
): Promise<{ readonly code: string; readonly sourceUids: readonly number[] } | undefined> {
  const { view, mailboxId } = session.selected!;
  const positions = view.positions(command.set, command.uid);
  if (positions === undefined) throw new Refused(REFUSALS.sequence);
  const uids = formatSequenceSet(
    positions.filter((at) => !(view.flags[at]! & EXPUNGED)).map((at) => view.uids[at]!),
  );
  const to = command.mailbox;
  if (uids === '') {
    await session.ask('status', { name: to }, { target: true });
    return undefined;
  }
  const request = { requestId: randomUUID(), from: mailboxId, uids, to, move };
  const { uidValidity, sourceUids, targetUids } = await session.ask('copy', request, { target: true });
  if (sourceUids.length === 0) return undefined;
  const code = `COPYUID ${uidValidity} ${formatSequenceSet(sourceUids)} ${formatSequenceSet(targetUids)}`;
  return { code, sourceUids };
}

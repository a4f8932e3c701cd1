import type { FlagSet } from '../../shared/mailbox/types.ts';
import { formatSequenceSet } from '../../shared/protocol/imap/sequence-set.ts';
import { STORE_PAGE } from './limits.ts';
import type { ImapSession } from './session.ts';

/**
 * Changes the flags of these messages, in as many requests as the actor's limit asks for, and takes the outcome into
 * the view. Returns the positions whose flags have changed there.
 */
export async function storeFlags(
  session: ImapSession,
  positions: readonly number[],
  mode: 'add' | 'remove' | 'replace',
  flags: FlagSet,
): Promise<number[]> {
  const selected = session.selected!;
  const changed: number[] = [];
  for (let at = 0; at < positions.length; at += STORE_PAGE) {
    const page = positions.slice(at, at + STORE_PAGE);
    const uids = formatSequenceSet(page.map((position) => selected.view.uids[position]!));
    const { columns } = await session.ask('store', { mailboxId: selected.mailboxId, uids, mode, flags });
    for (const position of selected.mergeFlags(columns, session.engine.out)) changed.push(position);
  }
  return changed;
}

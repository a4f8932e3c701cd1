import { ALL_RIGHTS, hasAny } from '../../shared/mailbox/rights.ts';
import { Flag } from '../../shared/mailbox/types.ts';
import { SNAPSHOT_PAGE } from './limits.ts';
import { SelectedMailbox } from './selected-mailbox.ts';
import type { ImapSession } from './session.ts';

/** Without any of these a mailbox is selected read-only (RFC 4314 §5.2; all flags are shared). */
const WRITING = 'iestw';

/** SELECT and EXAMINE. Whatever comes of it, the mailbox that was selected before no longer is. */
export async function openMailbox(session: ImapSession, name: string, examine: boolean): Promise<void> {
  const { engine, gateway } = session;
  if (session.selected !== undefined) {
    session.unselect();
    engine.enter('authenticated');
    engine.out.line('* OK [CLOSED] The mailbox selected before is closed');
    gateway.registry.update(session);
  }
  const reply = await session.ask('select', { name, claimRecent: !examine });
  const { mailbox, recentFrom, rights = ALL_RIGHTS } = reply;
  const selected = new SelectedMailbox(mailbox, examine || !hasAny(rights, WRITING));
  selected.rights = rights;
  // Watched before it is read, so that nothing falls between.
  selected.unwatch = await gateway.ports.mailboxes.watch(session.owner, (modSeq) => {
    selected.hint(modSeq);
    session.push();
  });
  let uidNext: number;
  try {
    uidNext = await load(session, selected, recentFrom);
  } catch (error) {
    selected.unwatch();
    throw error;
  }
  tell(session, selected, uidNext);
  session.selected = selected;
  engine.enter('selected');
  gateway.registry.update(session);
}

/** The first page's MODSEQ counts: what changes while later ones are read comes again with the next `changes`. */
async function load(session: ImapSession, selected: SelectedMailbox, recentFrom: number): Promise<number> {
  for (;;) {
    const page = await session.ask('snapshot', {
      mailboxId: selected.mailboxId,
      afterUid: selected.view.lastUid,
      limit: SNAPSHOT_PAGE,
    });
    selected.load(page.columns, recentFrom);
    if (selected.modSeq === 0) selected.modSeq = page.modSeq;
    if (!page.more || page.columns.uids.length === 0) return page.uidNext;
  }
}

function tell(session: ImapSession, selected: SelectedMailbox, uidNext: number): void {
  const { out } = session.engine;
  selected.tellFlags(out);
  selected.tellCounts(out);
  const { view } = selected;
  const unseen = view.flags.subarray(0, view.count).findIndex((flags) => !(flags & Flag.Seen));
  if (unseen >= 0) out.line(`* OK [UNSEEN ${unseen + 1}] First unseen`);
  out.line(`* OK [UIDVALIDITY ${selected.uidValidity}] UIDs valid`);
  out.line(`* OK [UIDNEXT ${uidNext}] Predicted next UID`);
}

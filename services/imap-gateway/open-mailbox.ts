import { isRefusal } from '../../shared/mailbox/operations.ts';
import { ALL_RIGHTS, hasAny } from '../../shared/mailbox/rights.ts';
import { Flag, type MailboxInfo } from '../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../shared/protocol/imap/command.ts';
import { formatMailbox } from './format-mailbox.ts';
import { mailboxObjectId } from './object-id.ts';
import { type Place, placeOf } from './place.ts';
import { tellSinceThen } from './quick-resynchronization.ts';
import { mailboxRefusal, REFUSALS, Refused } from './refusals.ts';
import { SelectedMailbox } from './selected-mailbox.ts';
import type { ImapSession } from './session.ts';

/** Without any of these a mailbox is selected read-only (RFC 4314 §5.2; all flags are shared). */
const WRITING = 'iestw';

/** SELECT and EXAMINE. Whatever comes of it, the mailbox that was selected before no longer is. */
export async function openMailbox(
  session: ImapSession,
  command: CommandNamed<'SELECT' | 'EXAMINE'>,
): Promise<void> {
  const { engine, gateway } = session;
  const { mailbox: name, condstore, qresync } = command;
  if (qresync !== undefined && !session.enabled.has('QRESYNC')) throw new Refused(REFUSALS.qresync);
  if (session.selected !== undefined) {
    session.unselect();
    engine.enter('authenticated');
    engine.out.line('* OK [CLOSED] The mailbox selected before is closed');
    gateway.registry.update(session);
  }
  if (condstore) session.enableCondstore();
  const place = await placeOf(session, name);
  const selected = await load(session, place, command.name === 'EXAMINE');
  session.select(selected, place.owner);
  gateway.registry.update(session);
  if (qresync !== undefined && qresync.uidValidity === selected.uidValidity)
    await tellSinceThen(session, selected, qresync);
}

/** Watched before it is read, so that nothing falls between. */
async function load(session: ImapSession, place: Place, examine: boolean): Promise<SelectedMailbox> {
  const { mailboxes, ports } = session.gateway;
  let selected: SelectedMailbox | undefined;
  const missed: number[] = [];
  const unwatch = await ports.mailboxes.watch(place.owner, (modSeq, what, arrival) => {
    if (what === 'names') return;
    if (selected === undefined) missed.push(modSeq);
    else {
      selected.hint(modSeq);
      session.push(arrival);
    }
  });
  try {
    const opened = await mailboxes.open(session.asking(place.owner), place.name, !examine);
    if (isRefusal(opened)) throw mailboxRefusal(opened);
    const { snapshot, recentFrom, checkedAt, rights = ALL_RIGHTS } = opened;
    const mailbox = { ...opened.mailbox, name: place.prefix + opened.mailbox.name };
    selected = new SelectedMailbox(session, mailbox, snapshot, examine || !hasAny(rights, WRITING));
    selected.rights = rights;
    selected.unwatch = unwatch;
    selected.checkedAt = checkedAt;
    for (const modSeq of missed) selected.hint(modSeq);
    // What came after the claim is for the next one to claim.
    selected.view.markRecent(recentFrom, mailbox.uidNext);
    const objectId = mailboxObjectId(session, place.owner, selected.mailboxId);
    tell(session, selected, mailbox, place.prefix + place.name, objectId);
    return selected;
  } catch (error) {
    unwatch();
    throw error;
  }
}

/** RFC 3501 §6.3.1; after ENABLE IMAP4rev2 RFC 9051 §6.3.2, which has LIST instead of RECENT and UNSEEN. */
function tell(
  session: ImapSession,
  selected: SelectedMailbox,
  mailbox: MailboxInfo,
  asked: string,
  objectId: string,
): void {
  const { out } = session.engine;
  const rev2 = session.enabled.has('IMAP4REV2');
  selected.tellFlags(out);
  selected.tellCounts(out);
  const { view } = selected;
  if (!rev2 && !session.enabled.has('UIDONLY')) {
    const unseen = view.flags.subarray(0, view.count).findIndex((flags) => !(flags & Flag.Seen));
    if (unseen >= 0) out.line(`* OK [UNSEEN ${unseen + 1}] First unseen`);
  }
  out.line(`* OK [UIDVALIDITY ${selected.uidValidity}] UIDs valid`);
  out.line(`* OK [UIDNEXT ${selected.uidNext}] Predicted next UID`);
  selected.tellHighestModSeq(out);
  out.line(`* OK [MAILBOXID (${objectId})] The same as long as it is there`);
  if (!rev2) return;
  const use = mailbox.specialUse === null ? '' : `\\${mailbox.specialUse}`;
  const oldName = asked === mailbox.name ? '' : ` ("OLDNAME" (${formatMailbox(session, asked)}))`;
  out.line(`* LIST (${use}) "/" ${formatMailbox(session, mailbox.name)}${oldName}`);
}

import { HIERARCHY_DELIMITER } from '../../../shared/mailbox/types.ts';
import type { NotifyEvent } from '../../../shared/protocol/imap/commands/notify.ts';
import { formatAstring } from '../../../shared/protocol/imap/format-string.ts';
import { formatMailbox } from '../format-mailbox.ts';
import type { ImapSession } from '../session.ts';
import type { Difference } from './differences.ts';
import type { KnownMailbox, KnownMailboxes } from './known-mailboxes.ts';

/** LIST, STATUS or METADATA, as RFC 5465 §5 has it for each event. */
export function tellDifference(
  session: ImapSession,
  difference: Difference,
  now: KnownMailboxes,
  events: ReadonlySet<NotifyEvent>,
): void {
  const { out } = session.engine;
  switch (difference.what) {
    case 'changed':
      tellChanged(session, difference, events);
      return;
    case 'annotated': {
      const name = difference.now === undefined ? '""' : formatMailbox(session, difference.now.name);
      out.line(`* METADATA ${name} ${difference.entries.map((entry) => formatAstring(entry)).join(' ')}`);
      return;
    }
    default: {
      const oldName =
        'oldName' in difference ? ` ("OLDNAME" (${formatMailbox(session, difference.oldName)}))` : '';
      out.line(`${listed(session, difference.name, now)}${oldName}`);
    }
  }
}

function listed(session: ImapSession, name: string, now: KnownMailboxes): string {
  const mailbox = now.byName.get(name);
  const attributes: string[] = [];
  if (mailbox === undefined) attributes.push('\\NonExistent');
  else if (!mailbox.readable) attributes.push('\\NoAccess');
  if (now.subscribed.has(name)) attributes.push('\\Subscribed');
  const below = name + HIERARCHY_DELIMITER;
  const children = now.byName.keys().some((other) => other.startsWith(below));
  if (children) attributes.push('\\HasChildren');
  else if (mailbox !== undefined) attributes.push('\\HasNoChildren');
  // Special to its owner.
  if (mailbox?.own && mailbox.info.specialUse !== null) attributes.push(`\\${mailbox.info.specialUse}`);
  return `* LIST (${attributes.join(' ')}) "${HIERARCHY_DELIMITER}" ${formatMailbox(session, name)}`;
}

/** It may be looked up and not be read (RFC 5465 §3.1). */
export function tellNoAccess(session: ImapSession, { name }: KnownMailbox): void {
  session.engine.out.line(`* LIST (\\NoAccess) "${HIERARCHY_DELIMITER}" ${formatMailbox(session, name)}`);
}

/** What NOTIFY SET STATUS begins with (RFC 5465 §3.1). */
export function tellStatus(
  session: ImapSession,
  { name, info }: KnownMailbox,
  events: ReadonlySet<NotifyEvent>,
): void {
  const items = [`UIDVALIDITY ${info.uidValidity}`, `UIDNEXT ${info.uidNext}`, `MESSAGES ${info.messages}`];
  if (events.has('FlagChange')) items.push(`HIGHESTMODSEQ ${info.modSeq}`);
  tellItems(session, name, items);
}

function tellChanged(
  session: ImapSession,
  { before, now: { name, info } }: Extract<Difference, { what: 'changed' }>,
  events: ReadonlySet<NotifyEvent>,
): void {
  const old = before.info;
  const condstore = session.enabled.has('CONDSTORE');
  const flags = events.has('FlagChange');
  const unseen = flags && old.unseen !== info.unseen ? [`UNSEEN ${info.unseen}`] : [];
  if (old.uidNext !== info.uidNext || old.messages !== info.messages) {
    const items = [`UIDNEXT ${info.uidNext}`, `MESSAGES ${info.messages}`, ...unseen];
    if (condstore) items.push(`HIGHESTMODSEQ ${info.modSeq}`);
    tellItems(session, name, items);
  } else if (flags && (condstore || unseen.length > 0)) {
    const items = condstore ? [`HIGHESTMODSEQ ${info.modSeq}`] : [];
    tellItems(session, name, [...items, `UIDVALIDITY ${info.uidValidity}`, ...unseen]);
  }
}

function tellItems(session: ImapSession, name: string, items: readonly string[]): void {
  session.engine.out.line(`* STATUS ${formatMailbox(session, name)} (${items.join(' ')})`);
}

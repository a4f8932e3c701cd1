import { ALL_RIGHTS } from '../../../shared/mailbox/rights.ts';
import { HIERARCHY_DELIMITER, type MailboxInfo } from '../../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { ListSelection } from '../list-selection.ts';
import { mailboxMatcher } from '../mailbox-matcher.ts';
import { entryNames, tellMetadata } from '../metadata.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';
import { visibleMailboxes } from '../visible-mailboxes.ts';
import { formatMyRights } from './myrights.ts';
import { statusOf } from './status.ts';

/**
 * RFC 3501 §6.3.8, with RFC 5258 (extended), RFC 5819 (STATUS), RFC 6154 (special use),
 * RFC 3348 (children), RFC 8440 (rights) and RFC 9590 (annotations).
 */
export async function list(session: ImapSession, command: CommandNamed<'LIST'>): Promise<Outcome> {
  const { out } = session.engine;
  if (!command.extended && command.patterns[0] === '') {
    out.line(`* LIST (\\Noselect) "${HIERARCHY_DELIMITER}" ""`);
    return ok('LIST completed');
  }
  const mailboxes = await visibleMailboxes(session, command.reference, command.patterns);
  const selection = new ListSelection(command, mailboxes, session.enabled.has('IMAP4REV2'));
  const matches = mailboxMatcher(command.reference, command.patterns, session.engine.utf8);
  for (const listed of selection.names()) {
    const { name, info } = listed;
    const attributes = matches(name) ? selection.attributesOf(listed) : undefined;
    if (attributes === undefined) continue;
    out.line(
      `* LIST (${attributes.text}) "${HIERARCHY_DELIMITER}" ${formatMailbox(session, name)}${attributes.extended}`,
    );
    if (info?.exists) await tellMore(session, command, info);
    await session.flushWhenFull();
  }
  return ok('LIST completed');
}

/** What was asked for about each mailbox that exists. */
async function tellMore(
  session: ImapSession,
  command: CommandNamed<'LIST'>,
  info: MailboxInfo,
): Promise<void> {
  const { out } = session.engine;
  const { name } = info;
  if (command.return.includes('MYRIGHTS')) out.line(formatMyRights(session, name, info.rights ?? ALL_RIGHTS));
  if (command.status.length > 0) out.line(await statusOf(session, info, command.status));
  if (command.metadata.length > 0) {
    const entries = entryNames(command.metadata, true);
    const { values } = await session.ask('getMetadata', { name, entries, depth: 0 });
    tellMetadata(session, name, values);
  }
}

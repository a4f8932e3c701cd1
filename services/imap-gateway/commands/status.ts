import type { MailboxReply } from '../../../shared/mailbox/operations.ts';
import type { AccountId, MailboxInfo } from '../../../shared/mailbox/types.ts';
import type { CommandNamed, StatusItem } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { mailboxObjectId } from '../object-id.ts';
import { type Outcome, ok } from '../outcome.ts';
import { placeOf } from '../place.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.10; SIZE and DELETED: RFC 9051 §6.3.11; DELETED-STORAGE: RFC 9208 §4.1.4; APPENDLIMIT: RFC 7889 §3. */
export async function status(session: ImapSession, command: CommandNamed<'STATUS'>): Promise<Outcome> {
  if (command.items.includes('HIGHESTMODSEQ')) session.enableCondstore();
  const info = await session.ask('status', {
    name: command.mailbox,
    deletedSize: command.items.includes('DELETED-STORAGE'),
  });
  session.engine.out.line(await formatStatus(session, info, command.items));
  return ok('STATUS completed');
}

/** For LIST-STATUS, of a mailbox that is listed: what the list does not hold is asked for. */
export async function statusOf(
  session: ImapSession,
  info: MailboxInfo,
  items: readonly StatusItem[],
): Promise<string> {
  const more = items.includes('DELETED-STORAGE') && info.deleted > 0;
  return formatStatus(
    session,
    more ? await session.ask('status', { name: info.name, deletedSize: true }) : info,
    items,
  );
}

const VALUES: Readonly<
  Record<
    StatusItem,
    (info: MailboxReply<'status'>, session: ImapSession, owner: AccountId) => number | string
  >
> = {
  MESSAGES: (info) => info.messages,
  RECENT: (info) => info.recent,
  UIDNEXT: (info) => info.uidNext,
  UIDVALIDITY: (info) => info.uidValidity,
  UNSEEN: (info) => info.unseen,
  SIZE: (info) => info.size,
  DELETED: (info) => info.deleted,
  HIGHESTMODSEQ: (info) => info.modSeq,
  'DELETED-STORAGE': (info) => info.deletedSize ?? 0,
  MAILBOXID: (info, session, owner) => `(${mailboxObjectId(session, owner, info.mailboxId)})`,
  APPENDLIMIT: (_, session) => session.gateway.config.maxMessageBytes,
};

async function formatStatus(
  session: ImapSession,
  info: MailboxReply<'status'>,
  items: readonly StatusItem[],
): Promise<string> {
  const { owner } = await placeOf(session, info.name);
  const values = items.map((item) => `${item} ${VALUES[item](info, session, owner)}`);
  return `* STATUS ${formatMailbox(session, info.name)} (${values.join(' ')})`;
}

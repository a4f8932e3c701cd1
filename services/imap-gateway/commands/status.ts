import type { MailboxInfo } from '../../../shared/mailbox/types.ts';
import type { CommandNamed, StatusItem } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.3.10; SIZE and DELETED: RFC 9051 §6.3.11. */
export async function status(session: ImapSession, command: CommandNamed<'STATUS'>): Promise<Outcome> {
  const info = await session.ask('status', { name: command.mailbox });
  session.engine.out.line(formatStatus(info, command.items));
  return ok('STATUS completed');
}

const VALUES: Readonly<Record<StatusItem, (info: MailboxInfo) => number>> = {
  MESSAGES: (info) => info.messages,
  RECENT: (info) => info.recent,
  UIDNEXT: (info) => info.uidNext,
  UIDVALIDITY: (info) => info.uidValidity,
  UNSEEN: (info) => info.unseen,
  SIZE: (info) => info.size,
  DELETED: (info) => info.deleted,
};

export function formatStatus(info: MailboxInfo, items: readonly StatusItem[]): string {
  const values = items.map((item) => `${item} ${VALUES[item](info)}`);
  return `* STATUS ${formatMailbox(info.name)} (${values.join(' ')})`;
}

import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import { formatQuotaRoot, quotaResources, quotaRootOf } from '../quota-root.ts';
import type { ImapSession } from '../session.ts';

/** RFC 9208 §4.1.2. The mailbox need not exist: the client asks what would hold for it. */
export async function getQuotaRoot(
  session: ImapSession,
  command: CommandNamed<'GETQUOTAROOT'>,
): Promise<Outcome> {
  const { out } = session.engine;
  const resources = quotaResources(await session.ask('quota', {}));
  const mailbox = formatMailbox(session, command.mailbox);
  if (resources === undefined) out.line(`* QUOTAROOT ${mailbox}`);
  else {
    const root = formatQuotaRoot(quotaRootOf(session.account!.address));
    out.line(`* QUOTAROOT ${mailbox} ${root}`);
    out.line(`* QUOTA ${root} ${resources}`);
  }
  return ok('GETQUOTAROOT completed');
}

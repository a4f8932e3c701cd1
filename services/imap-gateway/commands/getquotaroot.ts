import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { type Outcome, ok } from '../outcome.ts';
import { placeOf } from '../place.ts';
import { formatQuotaRoot, quotaResources, quotaRootOf } from '../quota-root.ts';
import type { ImapSession } from '../session.ts';

/** RFC 9208 §4.1.2. The mailbox need not exist: the client asks what would hold for it. */
export async function getQuotaRoot(
  session: ImapSession,
  command: CommandNamed<'GETQUOTAROOT'>,
): Promise<Outcome> {
  const { out } = session.engine;
  const { mailbox: name } = command;
  const { address } = await placeOf(session, name);
  const resources = quotaResources(await session.ask('quota', { name }));
  const mailbox = formatMailbox(session, name);
  if (resources === undefined) out.line(`* QUOTAROOT ${mailbox}`);
  else {
    const root = formatQuotaRoot(quotaRootOf(address));
    out.line(`* QUOTAROOT ${mailbox} ${root}`);
    out.line(`* QUOTA ${root} ${resources}`);
  }
  return ok('GETQUOTAROOT completed');
}

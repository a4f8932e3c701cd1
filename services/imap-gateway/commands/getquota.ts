import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { type Outcome, ok } from '../outcome.ts';
import { formatQuotaRoot, quotaResources, quotaRootOf } from '../quota-root.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 9208 §4.1.1. Of another account's quota root nothing is told, not even that there is one. */
export async function getQuota(session: ImapSession, command: CommandNamed<'GETQUOTA'>): Promise<Outcome> {
  const { root } = command;
  if (root !== quotaRootOf(session.account!.address)) throw new Refused(REFUSALS.quotaRoot);
  const resources = quotaResources(await session.ask('quota', {}));
  if (resources === undefined) throw new Refused(REFUSALS.quotaRoot);
  session.engine.out.line(`* QUOTA ${formatQuotaRoot(root)} ${resources}`);
  return ok('GETQUOTA completed');
}

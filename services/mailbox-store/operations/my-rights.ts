import { ALL_RIGHTS } from '../../../shared/mailbox/rights.ts';
import { mailboxByName } from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';

/** The owner's. */
export const myRights: Operation<'myRights'> = async (turn, { name }) => {
  const mailbox = await mailboxByName(turn, name);
  return mailbox?.present ? { rights: ALL_RIGHTS } : refuse('not-found', 'no such mailbox');
};

import { readIdentifier } from '../../../shared/mailbox/acl-identifier.ts';
import { ALL_RIGHTS } from '../../../shared/mailbox/rights.ts';
import { mailboxByName } from '../mailbox-rows.ts';
import { ownerAddress } from '../owner-address.ts';
import { type Operation, refuse } from '../turn.ts';

export const listRights: Operation<'listRights'> = async (turn, { name, identifier: asked }) => {
  const mailbox = await mailboxByName(turn, name);
  if (!mailbox?.present) return refuse('not-found', 'no such mailbox');
  const owner = await ownerAddress(turn);
  const identifier = readIdentifier(asked, owner);
  if (identifier === undefined) return refuse('bad-identifier', 'not an address, nor anyone');
  return identifier === owner
    ? { required: ALL_RIGHTS, optional: '' }
    : { required: '', optional: ALL_RIGHTS };
};

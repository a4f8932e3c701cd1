import { tellIdentifier } from '../../../shared/mailbox/acl-identifier.ts';
import { mailboxByName } from '../mailbox-rows.ts';
import { ownerAddress } from '../owner-address.ts';
import { type Operation, refuse } from '../turn.ts';

export const getAcl: Operation<'getAcl'> = async (turn, { name }) => {
  const mailbox = await mailboxByName(turn, name);
  if (!mailbox?.present) return refuse('not-found', 'no such mailbox');
  const rows = await turn.database.prepared<{ identifier: string; rights: string }>(
    'mailbox_acl',
    `select identifier, rights from mailbox_acl where account_id = $1 and mailbox_id = $2
     order by identifier collate "C"`,
    [turn.account, mailbox.mailbox_id],
  );
  return {
    owner: await ownerAddress(turn),
    entries: rows.map(({ identifier, rights }) => ({ identifier: tellIdentifier(identifier), rights })),
  };
};

import { infoOf, mailboxByName } from '../mailbox-rows.ts';
import { type Operation, refuse } from '../turn.ts';

export const status: Operation<'status'> = async (turn, { name }) => {
  const row = await mailboxByName(turn, name);
  return row?.present ? infoOf(row) : refuse('not-found', 'no such mailbox');
};

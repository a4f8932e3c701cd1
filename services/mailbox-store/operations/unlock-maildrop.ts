import type { Operation } from '../turn.ts';

export const unlockMaildrop: Operation<'unlockMaildrop'> = async (turn, { session }) => {
  turn.maildrop.unlock(session);
  return {};
};

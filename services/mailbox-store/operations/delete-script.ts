import { type Operation, Refused } from '../turn.ts';

export const deleteScript: Operation<'deleteScript'> = async (turn, request) => {
  const name = request.name.normalize('NFC');
  return turn.commit(async (trx) => {
    const row = await trx
      .deleteFrom('sieve_script')
      .where('account_id', '=', Number(turn.account))
      .where('name', '=', name)
      .returning('active')
      .executeTakeFirst();
    if (row === undefined) throw new Refused('not-found', 'no such script');
    if (row.active) throw new Refused('script-active', 'the script is active');
    return {};
  });
};

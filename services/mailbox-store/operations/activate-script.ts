import { type Operation, Refused } from '../turn.ts';

export const activateScript: Operation<'activateScript'> = async (turn, request) => {
  const name = request.name?.normalize('NFC') ?? null;
  await turn.commit(async (trx) => {
    const own = trx.updateTable('sieve_script').where('account_id', '=', Number(turn.account));
    await own.set({ active: false }).where('active', '=', true).execute();
    if (name === null) return;
    const { numUpdatedRows } = await own
      .set({ active: true })
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new Refused('not-found', 'no such script');
  });
  turn.scriptsChanged();
  return {};
};

import { scriptNameProblem } from '../filter/script-problem.ts';
import { type Operation, Refused, refuse } from '../turn.ts';

export const renameScript: Operation<'renameScript'> = async (turn, request) => {
  const from = request.from.normalize('NFC');
  const to = request.to.normalize('NFC');
  const problem = scriptNameProblem(to);
  if (problem !== undefined) return refuse('bad-name', problem);
  return turn.commit(async (trx) => {
    const there = await trx
      .selectFrom('sieve_script')
      .select('name')
      .where('account_id', '=', Number(turn.account))
      .where('name', 'in', [from, to])
      .execute();
    if (!there.some(({ name }) => name === from)) throw new Refused('not-found', 'no such script');
    if (to === from) return {};
    if (there.length > 1) throw new Refused('exists', 'there is a script of that name');
    await trx
      .updateTable('sieve_script')
      .set({ name: to })
      .where('account_id', '=', Number(turn.account))
      .where('name', '=', from)
      .execute();
    return {};
  });
};

import { sql } from 'kysely';
import { scriptNameProblem, scriptProblem } from '../filter/script-problem.ts';
import { type Operation, Refused, refuse } from '../turn.ts';

/** Scripts an account may keep. */
const MAX_SCRIPTS = 50;

export const putScript: Operation<'putScript'> = async (turn, request) => {
  const name = request.name.normalize('NFC');
  const unnamed = scriptNameProblem(name);
  if (unnamed !== undefined) return refuse('bad-name', unnamed);
  const problem = scriptProblem(request.content);
  if (problem !== undefined) return refuse('bad-script', problem);
  await turn.commit(async (trx) => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from sieve_script
      where account_id = ${turn.account} and name <> ${name}`.execute(trx);
    if (rows[0]!.n >= MAX_SCRIPTS) throw new Refused('limit', 'too many scripts');
    await sql`insert into sieve_script (account_id, name, content) values (${turn.account}, ${name}, ${request.content})
      on conflict (account_id, name) do update set content = excluded.content`.execute(trx);
  });
  turn.scriptsChanged();
  return {};
};

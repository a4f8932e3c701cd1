import type { Operation } from '../turn.ts';

export const listScripts: Operation<'listScripts'> = async (turn) => {
  const scripts = await turn.database.prepared<{ name: string; active: boolean; bytes: number }>(
    'list_scripts',
    'select name, active, octet_length(content) as bytes from sieve_script where account_id = $1 order by name',
    [turn.account],
  );
  return { scripts: scripts.map(({ name, active, bytes }) => ({ name, active, bytes })) };
};

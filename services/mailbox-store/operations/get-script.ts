import { type Operation, refuse } from '../turn.ts';

export const getScript: Operation<'getScript'> = async (turn, { name }) => {
  const [row] = await turn.database.prepared<{ content: string; active: boolean }>(
    'get_script',
    'select content, active from sieve_script where account_id = $1 and name = $2',
    [turn.account, name.normalize('NFC')],
  );
  return row === undefined
    ? refuse('not-found', 'no such script')
    : { content: row.content, active: row.active };
};

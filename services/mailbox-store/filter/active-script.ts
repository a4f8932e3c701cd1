import type { Database } from '../../../shared/database/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import { compileSieve } from '../../../shared/sieve/compile.ts';
import type { SieveProgram } from '../../../shared/sieve/program.ts';
import { type Vacation, withVacation } from '../../../shared/sieve/with-vacation.ts';
import { compileRegex } from './regex.ts';

/** The account's active script, with the reply of who is away before it, compiled; null: it has neither. One that no longer compiles keeps every message. */
export async function activeScript(database: Database, account: AccountId): Promise<SieveProgram | null> {
  const [row] = await database.prepared<{ content: string | null; vacation: string | null }>(
    'active_script',
    `select (select content from sieve_script where account_id = $1 and active) as content,
       (select value from account_object where account_id = $1 and type = 'VacationResponse' limit 1) as vacation`,
    [account],
  );
  const vacation = row?.vacation == null ? undefined : (JSON.parse(row.vacation) as Vacation);
  const content = row?.content ?? null;
  if (content === null && !vacation?.isEnabled) return null;
  const script = vacation === undefined ? (content ?? '') : withVacation(content ?? '', vacation);
  const compiled = compileSieve(script, compileRegex);
  return 'program' in compiled ? compiled.program : { commands: [] };
}

import type { Database } from '../../../shared/database/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import { compileSieve } from '../../../shared/sieve/compile.ts';
import type { SieveProgram } from '../../../shared/sieve/program.ts';
import { compileRegex } from './regex.ts';

/** The account's active script, compiled; null: it has none. One that no longer compiles keeps every message. */
export async function activeScript(database: Database, account: AccountId): Promise<SieveProgram | null> {
  const [row] = await database.prepared<{ content: string }>(
    'active_script',
    'select content from sieve_script where account_id = $1 and active',
    [account],
  );
  if (row === undefined) return null;
  const compiled = compileSieve(row.content, compileRegex);
  return 'program' in compiled ? compiled.program : { commands: [] };
}

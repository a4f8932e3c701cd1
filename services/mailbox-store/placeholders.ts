import { sql } from 'kysely';
import { HIERARCHY_DELIMITER } from '../../shared/mailbox/types.ts';
import type { Trx, Turn } from './turn.ts';

/** Takes away the names that neither a mailbox below them nor a subscription keeps. */
export async function dropIdlePlaceholders(trx: Trx, turn: Turn): Promise<void> {
  await sql`delete from mailbox m where account_id = ${turn.account} and not present and not subscribed
    and not exists (select from mailbox c where c.account_id = m.account_id and c.present
      and starts_with(c.name, m.name || ${HIERARCHY_DELIMITER}))`.execute(trx);
}

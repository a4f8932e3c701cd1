import type { Transaction } from 'kysely';
import { rawQuery } from '../database/raw-query.ts';
import type { Schema } from '../database/schema.ts';
import type { LocalEntry } from './deliver.ts';
import { REPORTED_COLUMNS, successReportSql } from './success-report.ts';

const SETTLE = `with taken as (
  delete from spool_local s where s.partition = $1 and s.account_id = $2 and s.email_id = $3 and s.held_from is null
  returning ${REPORTED_COLUMNS})`;
const SETTLED = 'select count(*)::int as settled from taken';

/**
 * Settles one local entry inside the transaction that delivers it some other way than into INBOX. `report`: tell a sender
 * who asked for it. False: it was settled before, and nothing is to be done.
 */
export async function settleLocal(
  trx: Transaction<Schema>,
  { partition, account, emailId }: LocalEntry,
  report: boolean,
  now: number,
): Promise<boolean> {
  const text = report
    ? `${SETTLE}, rep as (${successReportSql('$4::bigint')}) ${SETTLED}`
    : `${SETTLE} ${SETTLED}`;
  const parameters = report ? [partition, account, emailId, now] : [partition, account, emailId];
  const { rows } = await trx.executeQuery<{ settled: number }>(rawQuery(text, parameters));
  return rows[0]?.settled === 1;
}

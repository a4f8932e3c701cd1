import { sql } from 'kysely';
import { addressKey } from '../../../shared/account/address.ts';
import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import { emailIdOf } from '../../../shared/mailbox/email-id.ts';
import type { ReceivedReport } from '../../../shared/reports/report.ts';
import { storeReports } from '../../../shared/reports/store-reports.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { reportsIn } from '../reports/reports-in.ts';
import { readCursor } from './cursor.ts';
import { commit, type Job } from './job.ts';

const INBOX_ID = 1;
/** Few, as one may take a third of a second. */
const MESSAGES_A_ROUND = 3;
/** DMARC and TLS reports are of a day; after a year they are told of no more. */
const KEPT_MS = 400 * 24 * 3_600_000;
const FORGOTTEN_A_ROUND = 500;

/**
 * Reads the reports that come to an account (`REPORTS_ADDRESS`): each message of its INBOX once, by uid; what is read is kept with the place where
 * the reading has come to in one transaction. Messages stay where they are.
 */
export function receivedReports({ storage, log }: Pick<Ports, 'storage' | 'log'>, address: string): Job {
  const name = `received-reports ${addressKey(address) ?? address}`;
  return {
    name,
    everyMs: 60_000,
    async round(context) {
      const { database } = context;
      const cursor = Number((await readCursor(context, name)) ?? 0);
      const rows = await database.prepared<{ uid: number; email_id: string }>(
        'report_messages',
        `select m.uid, m.email_id from mailbox_message m join account a using (account_id)
         where a.address = $1 and m.mailbox_id = ${INBOX_ID} and m.uid > $2 order by m.uid limit ${MESSAGES_A_ROUND}`,
        [addressKey(address) ?? address, cursor],
      );
      const reports: ReceivedReport[] = [];
      const stored = await storage.structures(rows.map((row) => emailIdOf(row.email_id)));
      for (const message of stored.values())
        reports.push(
          ...(await reportsIn(storage, message, (error) => {
            if (error instanceof DatabaseUnavailable) throw error;
            log.warn({ err: error, emailId: message.emailId }, 'a report could not be read');
          })),
        );
      const now = context.now();
      const items = await commit(context, async (trx) => {
        const { numAffectedRows } = await sql`delete from received_report where report_id in
          (select report_id from received_report where received_at < ${now - KEPT_MS} limit ${FORGOTTEN_A_ROUND})`.execute(
          trx,
        );
        const last = rows.at(-1);
        if (last !== undefined)
          await trx
            .insertInto('housekeeping')
            .values({ job: name, cursor: String(last.uid) })
            .onConflict((conflict) => conflict.column('job').doUpdateSet({ cursor: String(last.uid) }))
            .execute();
        return Number(numAffectedRows ?? 0n) + (await storeReports(trx, reports, now));
      });
      return { items, more: rows.length === MESSAGES_A_ROUND };
    },
  };
}

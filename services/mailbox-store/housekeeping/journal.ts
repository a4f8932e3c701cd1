import { sql } from 'kysely';
import { readCursor, writeCursor } from './cursor.ts';
import { commit, type Job } from './job.ts';

/** A session that has not asked for `changes` for this long has to select its mailbox anew. */
const KEPT_MS = 30 * 24 * 3_600_000;
const ACCOUNTS_A_ROUND = 500;
const ROWS_AN_ACCOUNT = 1_000;
const JOB = 'journal';

/** The oldest part of each account's journal. `account.journal_from` says what is gone (`changes` refuses below it). */
export function journal(keptMs: number = KEPT_MS): Job {
  return {
    name: JOB,
    everyMs: 6 * 3_600_000,
    async round(context) {
      const before = context.now() - keptMs;
      const cursor = (await readCursor(context, JOB)) ?? '0';
      const accounts = await context.database.prepared<{ account_id: number; old: boolean }>(
        'journal_old',
        `select a.account_id, coalesce(j.at < $3, false) as old
         from (select account_id from account where account_id > $1 order by account_id limit $2) a
         left join lateral (
           select at from journal where account_id = a.account_id order by mod_seq limit 1) j on true
         order by a.account_id`,
        [cursor, ACCOUNTS_A_ROUND, before],
      );
      const old = accounts.filter((account) => account.old).map((account) => account.account_id);
      let items = 0;
      if (old.length > 0) {
        items = await commit(context, async (trx) => {
          // Accounts that are being written to are passed over until the next walk: turns lock them in any order.
          const { rows } = await sql<{ n: number }>`with locked as materialized (
              select account_id from account where account_id = any(${old}::bigint[]) for no key update skip locked),
            past as materialized (
              select l.account_id, max(j.mod_seq) as mod_seq from locked l cross join lateral (
                select mod_seq, at from journal where account_id = l.account_id order by mod_seq limit ${ROWS_AN_ACCOUNT}) j
              where j.at < ${before} group by l.account_id),
            gone as (
              delete from journal j using past p where j.account_id = p.account_id and j.mod_seq <= p.mod_seq
              returning 1),
            objects as (
              delete from object_change o using past p where o.account_id = p.account_id and o.mod_seq <= p.mod_seq),
            marked as (
              update account a set journal_from = p.mod_seq from past p where a.account_id = p.account_id)
            select count(*)::int as n from gone`.execute(trx);
          return rows[0]?.n ?? 0;
        });
      }
      const more = accounts.length === ACCOUNTS_A_ROUND;
      const next = more ? String(accounts.at(-1)!.account_id) : '0';
      if (next !== cursor) await writeCursor(context, JOB, next);
      return { items, more };
    },
  };
}

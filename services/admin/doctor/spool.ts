import { partitionOf } from '../../../shared/actor/partition.ts';
import { ask, type Finding, MAX_FINDINGS, type Stage } from './finding.ts';

/** Local mail waits for a take-over at most, and for a database that is away; longer than this nobody looks after it. */
const WAITING_MS = 10 * 60_000;
/** Of all that waits so much is looked at. */
const ENTRIES = 100_000;

/** Mail on its way: entries whose message is gone, in the wrong partition, or that wait without a reason. */
export const spool: Stage = async (database) => {
  const findings: Finding[] = [];
  for (const table of ['spool_local', 'spool_remote'])
    findings.push(
      ...(await ask(
        database,
        `messages that ${table} names`,
        `select format('message %s for <%s>: %s', s.email_id, s.forward_path,
           case when m.email_id is null then 'not in storage' else format('has %s bytes and not %s', m.size, s.size) end) as what
         from (select * from ${table} limit ${ENTRIES}) s left join message m using (email_id) where m.size is distinct from s.size`,
        [],
      )),
    );
  const now = database.now();
  findings.push(
    ...(await ask(
      database,
      'local mail that waits',
      `select format('message %s for <%s>: since %s', email_id, forward_path, to_timestamp(queued_at / 1000)) as what
       from spool_local where queued_at < $1::bigint`,
      [now - WAITING_MS],
    )),
    ...(await ask(
      database,
      'remote mail that waits',
      `select format('message %s for <%s>: due since %s', email_id, forward_path, to_timestamp(next_attempt_at / 1000)) as what
       from spool_remote where next_attempt_at < $1::bigint and last_reply is null`,
      [now - WAITING_MS],
    )),
  );
  const keys = await database.prepared<{ key: string; partition: number }>(
    'doctor_spool_keys',
    `select distinct account_id::text as key, partition from (select * from spool_local limit ${ENTRIES}) l
     union select distinct destination, partition from (select * from spool_remote limit ${ENTRIES}) r`,
    [],
  );
  const strays = keys.filter(({ key, partition }) => partitionOf(key) !== partition);
  findings.push(
    ...strays
      .slice(0, MAX_FINDINGS)
      .map(({ key, partition }) => ({ check: 'partitions of the spool', what: `${key} is in ${partition}` })),
  );
  return { findings, checked: keys.length, next: null };
};

import { Notify } from './port.ts';

/** Columns of a settled local entry that the report is made of. */
export const REPORTED_COLUMNS =
  's.account_id, s.email_id, s.size, s.queued_at, s.forward_path, s.reverse_path, s.traceparent, s.dsn';

/**
 * An insert for `with taken as (delete … returning REPORTED_COLUMNS)`: who asked to be told of success (RFC 3461 §4.1)
 * gets a report, written by the relay. `now`: the parameter with the time, `$5`.
 */
export const successReportSql = (now: string): string => `insert into spool_remote
    (destination, email_id, recipient_no, partition, forward_path, reverse_path, size, return_path_bytes, body, smtp_utf8,
     notify, original_recipient, envelope_id, return_content, require_tls, traceparent, report, queued_at, next_attempt_at)
  select t.dsn->>'destination', t.email_id, (t.dsn->>'no')::int, (t.dsn->>'partition')::smallint, t.forward_path, t.reverse_path,
    t.size, (t.dsn->>'skip')::int, t.dsn->>'body', (t.dsn->>'utf8')::boolean, (t.dsn->>'notify')::smallint, t.dsn->>'original',
    t.dsn->>'envelope', t.dsn->>'content', coalesce((t.dsn->>'tls')::boolean, false), t.traceparent, 'delivered', t.queued_at, ${now}
  from taken t
  where t.dsn is not null and t.reverse_path <> '' and ((t.dsn->>'notify')::int & ${Notify.Success}) <> 0`;

import { sql, type Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';
import type { ReceivedReport } from './report.ts';

/** Keeps reports. One that came before is passed over. `now` in Unix milliseconds. Resolves to how many were new. */
export async function storeReports(
  trx: Transaction<Schema>,
  reports: readonly ReceivedReport[],
  now: number,
): Promise<number> {
  if (reports.length === 0) return 0;
  const column = <Value>(value: (report: ReceivedReport) => Value): Value[] => reports.map(value);
  const { numAffectedRows } = await sql`insert into received_report
      (kind, domain, reporter, external_id, begins_at, ends_at, received_at, total, failed, content)
    select r.kind, r.domain, r.reporter, r.external_id, r.begins_at, r.ends_at, ${now}::bigint, r.total, r.failed, r.content::jsonb
    from unnest(${column((r) => r.kind)}::text[], ${column((r) => r.domain)}::text[], ${column((r) => r.reporter)}::text[],
      ${column((r) => r.externalId)}::text[], ${column((r) => r.beginsAt)}::bigint[], ${column((r) => r.endsAt)}::bigint[],
      ${column((r) => r.total)}::bigint[], ${column((r) => r.failed)}::bigint[],
      ${column((r) => JSON.stringify(r.content))}::text[])
      as r (kind, domain, reporter, external_id, begins_at, ends_at, total, failed, content)
    on conflict do nothing`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

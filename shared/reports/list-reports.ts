import type { Database } from '../database/port.ts';
import type { ReportContent, ReportKind } from './report.ts';

export interface ListedReport {
  readonly reportId: number;
  readonly kind: string;
  readonly domain: string;
  readonly reporter: string;
  readonly externalId: string;
  /** Unix milliseconds. */
  readonly beginsAt: number;
  readonly endsAt: number;
  readonly receivedAt: number;
  readonly total: number;
  readonly failed: number;
}

export interface ShownReport extends ListedReport {
  readonly content: ReportContent;
}

const COLUMNS = [
  'report_id as reportId',
  'kind',
  'domain',
  'reporter',
  'external_id as externalId',
  'begins_at as beginsAt',
  'ends_at as endsAt',
  'received_at as receivedAt',
  'total',
  'failed',
] as const;

/** The latest `limit` reports, newest first. */
export function listReports(
  database: Database,
  filter: { readonly domain?: string; readonly kind?: ReportKind; readonly limit: number },
): Promise<ListedReport[]> {
  const { domain, kind, limit } = filter;
  return database.kysely
    .selectFrom('received_report')
    .select(COLUMNS)
    .$if(domain !== undefined, (query) => query.where('domain', '=', domain!.toLowerCase()))
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind!))
    .orderBy('report_id', 'desc')
    .limit(limit)
    .execute();
}

export async function showReport(database: Database, reportId: number): Promise<ShownReport | undefined> {
  const found = await database.kysely
    .selectFrom('received_report')
    .select([...COLUMNS, 'content'])
    .where('report_id', '=', reportId)
    .executeTakeFirst();
  return found && { ...found, content: found.content as ReportContent };
}

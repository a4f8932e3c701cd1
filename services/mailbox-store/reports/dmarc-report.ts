import { XMLParser } from 'fast-xml-parser';
import {
  cleanCount,
  cleanText,
  MAX_ROWS,
  type ReceivedReport,
  type ReportRow,
} from '../../../shared/reports/report.ts';

const PARSER = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  // A report has none of its own, and one that makes them is an attack.
  processEntities: false,
  parseTagValue: false,
  maxNestedTags: 20,
});
/** Results of signatures that are shown of one row. */
const MAX_RESULTS = 10;

type Node = Readonly<Record<string, unknown>>;

/** An aggregate report (RFC 9990 §3, RFC 7489 appendix C); undefined: it is none. Throws what the XML parser throws. */
export function readDmarcReport(xml: string): ReceivedReport | undefined {
  const feedback = node(node(PARSER.parse(xml)).feedback);
  const metadata = node(feedback.report_metadata);
  const published = node(feedback.policy_published);
  const domain = text(published.domain).toLowerCase();
  const externalId = text(metadata.report_id);
  if (domain === '' || externalId === '') return undefined;
  const range = node(metadata.date_range);
  const records = list(feedback.record);
  const rows = records.slice(0, MAX_ROWS).map(rowOf);
  const sum = (chosen: readonly ReportRow[]) =>
    Math.min(
      Number.MAX_SAFE_INTEGER,
      chosen.reduce((total, { count }) => total + count, 0),
    );
  return {
    kind: 'dmarc',
    domain,
    reporter: text(metadata.org_name) || text(metadata.email),
    externalId,
    beginsAt: cleanCount(range.begin) * 1_000,
    endsAt: cleanCount(range.end) * 1_000,
    total: sum(rows),
    failed: sum(rows.filter(({ failed }) => failed)),
    content: { policy: policyOf(published), rows, cut: records.length > MAX_ROWS },
  };
}

function rowOf(record: Node): ReportRow {
  const row = node(record.row);
  const evaluated = node(row.policy_evaluated);
  const identifiers = node(record.identifiers);
  const found = node(record.auth_results);
  const [dkim, spf] = [text(evaluated.dkim), text(evaluated.spf)];
  const signatures = list(found.dkim)
    .slice(0, MAX_RESULTS)
    .map((one) => `dkim ${text(one.domain)} ${text(one.result)}`);
  const paths = list(found.spf)
    .slice(0, MAX_RESULTS)
    .map((one) => `spf ${text(one.domain)} ${text(one.result)}`);
  const reasons = list(evaluated.reason)
    .slice(0, MAX_RESULTS)
    .map((one) => `because ${text(one.type)} ${text(one.comment)}`);
  return {
    source: text(row.source_ip),
    count: cleanCount(row.count),
    failed: dkim !== 'pass' && spf !== 'pass',
    what: [
      `${text(evaluated.disposition) || 'none'} (dkim ${dkim}, spf ${spf}) from ${text(identifiers.header_from)}`,
      ...signatures,
      ...paths,
      ...reasons,
    ].join('; '),
  };
}

function policyOf(published: Node): string {
  return ['p', 'sp', 'np', 'adkim', 'aspf', 'pct', 'testing']
    .map((tag) => [tag, text(published[tag])] as const)
    .filter(([, value]) => value !== '')
    .map(([tag, value]) => `${tag}=${value}`)
    .join(' ');
}

function node(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function list(value: unknown): Node[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(node);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function text(value: unknown): string {
  return cleanText(value).replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!);
}

import { z } from 'zod';
import {
  cleanCount,
  cleanText,
  MAX_ROWS,
  type ReceivedReport,
  type ReportRow,
} from '../../../shared/reports/report.ts';

/** Only what a report is made of has to be there; the rest is read as far as it is. */
const failure = z.object({
  'result-type': z.unknown().optional(),
  'receiving-mx-hostname': z.unknown().optional(),
  'receiving-ip': z.unknown().optional(),
  'failed-session-count': z.unknown().optional(),
  'failure-reason-code': z.unknown().optional(),
  'additional-information': z.unknown().optional(),
});

const report = z.object({
  'organization-name': z.unknown().optional(),
  'date-range': z.object({ 'start-datetime': z.string(), 'end-datetime': z.string() }),
  'report-id': z.string(),
  policies: z
    .array(
      z.object({
        policy: z.object({ 'policy-type': z.string(), 'policy-domain': z.string() }),
        summary: z.object({
          'total-successful-session-count': z.unknown().optional(),
          'total-failure-session-count': z.unknown().optional(),
        }),
        'failure-details': z.array(failure).optional(),
      }),
    )
    .min(1),
});

type Policy = z.infer<typeof report>['policies'][number];

/** A TLS report (RFC 8460 §4.4); undefined: it is none. */
export function readTlsReport(json: string): ReceivedReport | undefined {
  const read = report.safeParse(parsed(json));
  if (!read.success) return undefined;
  const { policies, 'date-range': range, ...about } = read.data;
  const domain = cleanText(policies[0]!.policy['policy-domain']).toLowerCase();
  const externalId = cleanText(about['report-id']);
  if (domain === '' || externalId === '') return undefined;
  const rows = policies.flatMap(rowsOf);
  const sum = (of: keyof Policy['summary']) =>
    policies.reduce((total, { summary }) => total + cleanCount(summary[of]), 0);
  const failed = sum('total-failure-session-count');
  return {
    kind: 'tls',
    domain,
    reporter: cleanText(about['organization-name']),
    externalId,
    beginsAt: timeOf(range['start-datetime']),
    endsAt: timeOf(range['end-datetime']),
    total: sum('total-successful-session-count') + failed,
    failed,
    content: {
      policy: cleanText(policies.map(({ policy }) => policy['policy-type']).join(' ')),
      rows: rows.slice(0, MAX_ROWS),
      cut: rows.length > MAX_ROWS,
    },
  };
}

function rowsOf({ policy, summary, 'failure-details': failures = [] }: Policy): ReportRow[] {
  const domain = cleanText(policy['policy-domain']);
  const type = cleanText(policy['policy-type']);
  const succeeded = cleanCount(summary['total-successful-session-count']);
  return [
    { source: domain, count: succeeded, failed: false, what: `${type}: succeeded` },
    ...failures.map((one) => ({
      source: cleanText(one['receiving-mx-hostname']) || cleanText(one['receiving-ip']) || domain,
      count: cleanCount(one['failed-session-count']),
      failed: true,
      what: [
        `${type}: ${cleanText(one['result-type'])}`,
        cleanText(one['receiving-ip']),
        cleanText(one['failure-reason-code']),
        cleanText(one['additional-information']),
      ]
        .filter((part) => part !== '')
        .join('; '),
    })),
  ];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  return Number.isFinite(time) && time > 0 ? time : 0;
}

import { formatDate } from '../../../shared/message/date.ts';
import { DAY_MS } from './tls-results.ts';

/** Sessions of one day under one policy that came to the same. */
export interface CountedSessions {
  readonly policyType: string;
  readonly policyString: string;
  readonly policyMx: string;
  readonly result: string;
  readonly sendingIp: string;
  readonly receivingMx: string;
  readonly receivingIp: string;
  readonly detail: string;
  readonly sessions: number;
}

export interface ReportOptions {
  readonly hostname: string;
  readonly policyDomain: string;
  /** Since 1970, UTC. */
  readonly day: number;
}

export const reportId = ({ hostname, policyDomain, day }: ReportOptions): string =>
  `${day}.${policyDomain}@${hostname}`;

const seconds = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));

/** The report of a day as JSON (RFC 8460 §4.4). */
export function composeReport(options: ReportOptions, counted: readonly CountedSessions[]): string {
  const begin = options.day * DAY_MS;
  const policies = Map.groupBy(counted, (one) =>
    JSON.stringify([one.policyType, one.policyString, one.policyMx]),
  );
  return JSON.stringify({
    'organization-name': options.hostname,
    'date-range': {
      'start-datetime': seconds(begin),
      'end-datetime': seconds(begin + DAY_MS - 1_000),
    },
    'contact-info': `postmaster@${options.hostname}`,
    'report-id': reportId(options),
    policies: [...policies.values()].map((some) => policyOf(options.policyDomain, some)),
  });
}

function policyOf(domain: string, some: readonly CountedSessions[]) {
  const [{ policyType, policyString, policyMx }] = some as [CountedSessions];
  const failures = some.filter(({ result }) => result !== 'success');
  const total = (of: readonly CountedSessions[]) => of.reduce((sum, { sessions }) => sum + sessions, 0);
  return {
    policy: {
      'policy-type': policyType,
      ...(policyString === '' ? {} : { 'policy-string': lines(policyString) }),
      'policy-domain': domain,
      ...(policyMx === '' ? {} : { 'mx-host': lines(policyMx) }),
    },
    summary: {
      'total-successful-session-count': total(some) - total(failures),
      'total-failure-session-count': total(failures),
    },
    ...(failures.length === 0 ? {} : { 'failure-details': failures.map(detailOf) }),
  };
}

function detailOf(failure: CountedSessions) {
  const { result, sendingIp, receivingMx, receivingIp, detail, sessions } = failure;
  return {
    'result-type': result,
    ...(sendingIp === '' ? {} : { 'sending-mta-ip': sendingIp }),
    ...(receivingMx === '' ? {} : { 'receiving-mx-hostname': receivingMx }),
    ...(receivingIp === '' ? {} : { 'receiving-ip': receivingIp }),
    'failed-session-count': sessions,
    ...(detail === '' ? {} : { 'failure-reason-code': detail }),
  };
}

/** `mail.example.test!example.org!1735689600!1735775999.json.gz` (§5.1). */
export function reportFile({ hostname, policyDomain, day }: ReportOptions): string {
  const begin = (day * DAY_MS) / 1_000;
  return `${hostname}!${policyDomain}!${begin}!${begin + DAY_MS / 1_000 - 1}.json.gz`;
}

/** The report as a message (§5.3), CRLF throughout. `now` in Unix milliseconds. */
export function composeReportMail(options: ReportOptions, to: string, gzipped: Buffer, now: number): Buffer {
  const { hostname, policyDomain, day } = options;
  const boundary = `=_tlsrpt.${day}`;
  const id = reportId(options);
  return Buffer.from(
    [
      `From: TLS reports of ${hostname} <postmaster@${hostname}>`,
      `To: <${to}>`,
      `Subject: Report Domain: ${policyDomain}\r\n Submitter: ${hostname}\r\n Report-ID: <${id}>`,
      `Date: ${formatDate(now)}`,
      `Message-ID: <tlsrpt.${id}>`,
      `TLS-Report-Domain: ${policyDomain}`,
      `TLS-Report-Submitter: ${hostname}`,
      // RFC 8689 §5: it may be about just what would keep it from arriving.
      'TLS-Required: No',
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      `Content-Type: multipart/report; report-type="tlsrpt";\r\n boundary="${boundary}"`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=us-ascii',
      '',
      `This is a report of the mail server at ${hostname} on TLS with the`,
      `mail exchangers of ${policyDomain} (RFC 8460).`,
      '',
      `--${boundary}`,
      'Content-Type: application/tlsrpt+gzip',
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment;\r\n filename="${reportFile(options)}"`,
      '',
      gzipped.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n'),
      `--${boundary}--`,
      '',
    ].join('\r\n'),
    'latin1',
  );
}

/** Where a domain wants its reports, by the TXT records of `_smtp._tls.<domain>` (§3). */
export function readReportRecord(records: readonly string[]): string[] {
  const ours = records.filter((record) => /^v=TLSRPTv1[ \t]*;/.test(record));
  if (ours.length !== 1) return [];
  const rua = ours[0]!
    .split(';')
    .map((field) => field.trim())
    .find((field) => field.startsWith('rua='));
  return (rua?.slice(4) ?? '')
    .split(',')
    .map((uri) => uri.trim())
    .filter((uri) => /^(?:mailto:|https:\/\/)[\x21-\x7e]{1,500}$/i.test(uri))
    .slice(0, MAX_TARGETS);
}

/** More places than these are somebody's joke. */
const MAX_TARGETS = 5;

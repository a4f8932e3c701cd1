import type { Readable } from 'node:stream';
import type { AuthenticateOptions, AuthenticateResult } from 'mailauth';
import type { Resolve } from './resolve.ts';
import type { Sealer, SenderResults } from './results.ts';

/** Octets of the fields with the results; more of them are told in short. */
const MAX_FIELDS_OCTETS = 32_768;
/** RFC 5322 §2.1.1. */
const MAX_LINE_OCTETS = 998;

export interface SmtpClient {
  readonly address: string;
  /** What it called itself. */
  readonly domain: string;
  /** '' is the null reverse-path. */
  readonly reversePath: string;
}

/**
 * SPF (RFC 7208), DKIM (RFC 6376, 8301, 8463), ARC (RFC 8617) and DMARC (RFC 9989) of a message as it streams in, by `mailauth`.
 * `authservId`: our name in the results (RFC 8601). What comes out are results; DNS that does not answer is one, temperror.
 */
export async function checkSender(
  message: Readable,
  client: SmtpClient,
  resolver: Resolve,
  authservId: string,
): Promise<SenderResults> {
  // Loaded when it is needed first: it is large.
  const { authenticate } = await import('mailauth');
  const options: AuthenticateOptions = {
    ip: client.address,
    helo: client.domain,
    sender: client.reversePath,
    mta: authservId,
    resolver,
    disableBimi: true,
    rejectRsaSha1: true,
  };
  return readResults(await authenticate(message, options), authservId);
}

/** What is told when the check did not come to an end. */
export function unchecked(authservId: string): SenderResults {
  const results = { spf: 'temperror', dkim: [], arc: 'none', sealers: [], dmarc: noDmarc('temperror') };
  return { ...results, fields: shortField(authservId, results) };
}

type Library = AuthenticateResult & { readonly dmarcSkipReason?: string };
type Row = { readonly status?: { readonly result?: string } } | false | undefined;

function readResults(found: Library, authservId: string): SenderResults {
  const { dkim, spf, arc, dmarc, dmarcSkipReason: noAuthor } = found;
  const results = {
    spf: resultOf(spf),
    dkim: (dkim?.results ?? [])
      .filter((one) => resultOf(one) !== 'none')
      .map((one) => ({ result: resultOf(one), domain: String(one.signingDomain ?? '').toLowerCase() })),
    arc: resultOf(arc),
    sealers: resultOf(arc) === 'pass' && arc ? sealersOf(arc.chain ?? []) : [],
    dmarc: dmarc
      ? {
          result: resultOf(dmarc),
          policy: dmarc.policy ?? 'none',
          percent: percentOf(dmarc),
          domain: String(dmarc.status?.header?.from ?? ''),
          undecided: isUndecided(found, dmarc.domain),
          noAuthor: undefined,
        }
      : { ...noDmarc('none'), noAuthor: noAuthor ?? 'no-author' },
  };
  return { ...results, fields: safeFields(found.headers) ?? shortField(authservId, results) };
}

function noDmarc(result: string) {
  return { result, policy: 'none', percent: 100, domain: '', undecided: false, noAuthor: undefined };
}

/** `organization`: the domain under which all that aligns is, unless it is to be the very domain. */
function isUndecided({ dkim, spf }: Library, organization: string): boolean {
  const open = [
    ...(resultOf(spf) === 'temperror' && spf ? [spf.domain] : []),
    ...(dkim?.results ?? []).filter((one) => resultOf(one) === 'temperror').map((one) => one.signingDomain),
  ];
  return open.some((name) => `.${String(name).toLowerCase()}`.endsWith(`.${organization.toLowerCase()}`));
}

function resultOf(row: Row): string {
  return (row ? row.status?.result : undefined) ?? 'none';
}

/** RFC 7489 §6.3. The record is there, hidden from those who list the properties. */
function percentOf(dmarc: object): number {
  const { pct } = (dmarc as { record?: { pct?: unknown } }).record ?? {};
  return typeof pct === 'number' && pct >= 0 && pct <= 100 ? pct : 100;
}

interface Tagged {
  readonly parsed?: Readonly<Record<string, { readonly value?: unknown } | undefined>>;
}

function sealersOf(chain: readonly object[]): Sealer[] {
  return chain.toReversed().map((set) => {
    const seal = (set as { 'arc-seal'?: Tagged })['arc-seal'];
    const said = (set as { 'arc-authentication-results'?: { original?: unknown } })[
      'arc-authentication-results'
    ];
    return {
      domain: String(seal?.parsed?.d?.value ?? '').toLowerCase(),
      dmarcPassed: /[;\s]dmarc[ \t]*=[ \t]*pass\b/i.test(String(said?.original ?? '')),
    };
  });
}

/** Authentication-Results above Received-SPF (RFC 8601 §5); undefined when they could not stand in a header as they are. */
function safeFields(headers: string): string | undefined {
  if (Buffer.byteLength(headers) > MAX_FIELDS_OCTETS || headers.includes('\0')) return undefined;
  const fields = headers.split(/\r\n(?![ \t])/).filter((field) => field !== '');
  const sound = fields.every(
    (field) =>
      /^[A-Za-z-]+: /.test(field) &&
      field
        .split('\r\n')
        .every((line, i) => !/[\r\n]/.test(line) && /\S/.test(line) && (i === 0 || /^[ \t]/.test(line))) &&
      field.split('\r\n').every((line) => Buffer.byteLength(line) <= MAX_LINE_OCTETS),
  );
  if (!sound) return undefined;
  const isResults = (field: string) => field.startsWith('Authentication-Results:');
  return [...fields.filter(isResults), ...fields.filter((field) => !isResults(field))]
    .map((field) => `${field}\r\n`)
    .join('');
}

function shortField(authservId: string, { spf, dkim, arc, dmarc }: Omit<SenderResults, 'fields'>): string {
  const signatures = dkim.length > 0 ? dkim.map(({ result }) => `dkim=${result}`) : ['dkim=none'];
  const rows = [...signatures, `spf=${spf}`, `arc=${arc}`, `dmarc=${dmarc.result}`];
  return `Authentication-Results: ${authservId};\r\n ${rows.join(';\r\n ')}\r\n`;
}

import type { Config } from '../runtime/config.ts';
import type { DkimKey } from './dkim-keys.ts';
import { ownMtaStsPolicy } from './mta-sts-policy.ts';
import { type PublishedService, publishedServices, type ServiceName } from './published-services.ts';

export type RecordType = 'A' | 'MX' | 'TXT' | 'SRV' | 'CNAME' | 'TLSA';

/** A record that a domain of ours should have. */
export interface WantedRecord {
  /** Without a final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** As a zone file has it, names without their final dot, a text without quotes. null: we cannot know it (our addresses). */
  readonly data: string | null;
  /** What it is for. */
  readonly purpose: string;
  /** Of texts: how the ones begin that are for this purpose; others of the same name do not matter. */
  readonly begins?: string;
  /** Another one of that kind will do as well: it is the operator's decision. */
  readonly free?: boolean;
}

export interface DnsRecordsOptions {
  readonly config: Pick<Config, 'hostname' | 'publicPorts' | 'mtaStsPolicy' | 'reportsAddress'>;
  /** Those that are not retired are published. */
  readonly keys: readonly DkimKey[];
  /** SHA-256 of the public key of our certificate, in hexadecimal digits; null: not known. */
  readonly tlsa: string | null;
}

/** All records that the DNS should have for a domain of ours. */
export function dnsRecords(domain: string, { config, keys, tlsa }: DnsRecordsOptions): WantedRecord[] {
  const { hostname } = config;
  const policy = ownMtaStsPolicy(config);
  const { reportsAddress: reports = `postmaster@${domain}` } = config;
  const reportsDomain = reports.slice(reports.lastIndexOf('@') + 1).toLowerCase();
  const text = (name: string, data: string, begins: string, purpose: string, free = false): WantedRecord => ({
    ...{ name, type: 'TXT', data, purpose, begins, free },
  });
  return [
    { name: domain, type: 'MX', data: `10 ${hostname}`, purpose: 'mail for the domain comes here' },
    { name: hostname, type: 'A', data: null, purpose: 'the address of this server, A and AAAA' },
    text(domain, 'v=spf1 mx -all', 'v=spf1', 'SPF: who sends for the domain', true),
    ...(hostname === domain ? [] : [text(hostname, 'v=spf1 a -all', 'v=spf1', 'SPF of DSNs', true)]),
    ...keys
      .filter(({ state }) => state !== 'retired')
      .map(({ name, record, state }) => text(name, record, 'v=DKIM1', `DKIM: a key that is ${state}`)),
    text(
      `_dmarc.${domain}`,
      `v=DMARC1; p=quarantine; rua=mailto:${reports}`,
      'v=DMARC1',
      'DMARC: what becomes of forgeries',
      true,
    ),
    // RFC 9990 §4: whose reports another domain takes, it says itself.
    ...(reportsDomain === domain
      ? []
      : [
          text(
            `${domain}._report._dmarc.${reportsDomain}`,
            'v=DMARC1',
            'v=DMARC1',
            'DMARC: reports go to an address of another domain',
          ),
        ]),
    ...(policy === null
      ? []
      : [
          text(`_mta-sts.${domain}`, `v=STSv1; id=${policy.id}`, 'v=STSv1', 'MTA-STS: there is a policy'),
          {
            name: `mta-sts.${domain}`,
            type: 'CNAME' as const,
            data: hostname,
            purpose: 'MTA-STS: the policy',
          },
        ]),
    text(
      `_smtp._tls.${domain}`,
      `v=TLSRPTv1; rua=mailto:${reports}`,
      'v=TLSRPTv1',
      'TLS-RPT: reports of failed TLS',
      true,
    ),
    ...(tlsa === null
      ? []
      : [
          {
            name: `_25._tcp.${hostname}`,
            type: 'TLSA' as const,
            data: `3 1 1 ${tlsa}`,
            purpose: 'DANE: our certificate; counts in a zone with DNSSEC',
          },
        ]),
    ...publishedServices(config).flatMap((service) => serviceRecords(domain, hostname, service)),
    { name: `autoconfig.${domain}`, type: 'CNAME', data: hostname, purpose: 'setting up Thunderbird' },
    { name: `autodiscover.${domain}`, type: 'CNAME', data: hostname, purpose: 'setting up Outlook' },
  ];
}

/** RFC 6186 §3, RFC 8314 §5.1, RFC 5804 §1.8, RFC 8620 §2.2; what begins with TLS is preferred. */
const SRV: Readonly<Record<ServiceName, readonly string[]>> = {
  imaps: ['_imaps'],
  imap: ['_imap'],
  submissions: ['_submissions'],
  submission: ['_submission'],
  pop3s: ['_pop3s'],
  pop3: ['_pop3'],
  managesieve: ['_sieve'],
  https: ['_jmap', '_autodiscover'],
};

function serviceRecords(domain: string, hostname: string, service: PublishedService): WantedRecord[] {
  return SRV[service.name].map((label) => ({
    name: `${label}._tcp.${domain}`,
    type: 'SRV',
    data: `${service.tls ? 0 : 10} 1 ${service.port} ${hostname}`,
    purpose: `where programs find ${label.slice(1)}`,
  }));
}

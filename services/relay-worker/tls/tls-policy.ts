import { temporary } from '../condition.ts';
import type { Dns } from '../dns.ts';
import { OpenFailure } from '../open-failure.ts';
import type { Host } from '../route.ts';
import { daneProblem, type TlsaRecord, usableRecords } from './dane.ts';
import type { MtaSts } from './mta-sts.ts';
import { isAmong, policyLines } from './mta-sts-policy.ts';
import {
  authorityProblem,
  opportunistic,
  type ReportedPolicy,
  type ResultType,
  type TlsProblem,
  type TlsRequirement,
} from './requirement.ts';

export interface TlsPolicyOptions {
  readonly dns: Pick<Dns, 'ask' | 'local'>;
  /** null: policies are not looked at. */
  readonly sts: Pick<MtaSts, 'policyFor'> | null;
  /** `local`: where the resolver is on this machine, as its word on DNSSEC can be forged on the way (RFC 7672 §2.2). */
  readonly dane: 'local' | 'on' | 'off';
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A policy could not be had, or kept this host from getting mail. */
  readonly failed: (policy: ReportedPolicy, type: ResultType, text: string) => void;
}

/**
 * What TLS with a host has to show: what DANE says where the host has TLSA records (RFC 7672), else what its domain's MTA-STS policy
 * says (RFC 8461 §2: DANE goes first), else whatever the host has. Rejects with `OpenFailure` while DNSSEC gives no answer.
 */
export type TlsPolicy = (host: Host) => Promise<TlsRequirement>;

export function createTlsPolicy(options: TlsPolicyOptions): TlsPolicy {
  const dane = options.dane === 'on' || (options.dane === 'local' && options.dns.local);
  return async (host) => {
    const tlsa = dane && host.nameVouched && host.addressVouched ? await lookUp(host, options) : null;
    if (tlsa) return daneRequirement(host, tlsa, options);
    return stsRequirement(host, dane, options);
  };
}

interface Tlsa {
  readonly base: string;
  readonly records: readonly TlsaRecord[];
}

/** RFC 7672 §2.2.2: at the end of the aliases first, then at the name itself. null: no TLSA records that DNSSEC vouches for. */
async function lookUp(host: Host, options: TlsPolicyOptions): Promise<Tlsa | null> {
  for (const base of new Set([host.canonicalName ?? host.name, host.name])) {
    try {
      const answer = await options.dns.ask(`_${host.port}._tcp.${base}`, 'TLSA');
      if (answer.authenticated && answer.records.length > 0) return { base, records: answer.records };
    } catch {
      // §2.1.2: whoever can suppress the answer must not get the mail in clear.
      const text = `the DNS gives no answer for the TLSA records of ${host.name}`;
      options.failed(reportedTlsa(host, []), 'dnssec-invalid', text);
      const problem: TlsProblem = { type: 'dnssec-invalid', text };
      throw new OpenFailure(temporary('4.7.5', text, remoteOf(host)), { problem });
    }
  }
  return null;
}

function daneRequirement(host: Host, { base, records }: Tlsa, options: TlsPolicyOptions): TlsRequirement {
  const usable = usableRecords(records);
  const names = [base, host.name, ...(host.domain === undefined ? [] : [host.domain])];
  return {
    name: usable.length > 0 ? 'dane' : 'dane without usable records',
    binding: true,
    servername: base,
    excluded: null,
    nameVouched: true,
    // §2.2: records that nobody can use still say that there is TLS.
    check: ({ chain }) =>
      usable.length > 0 ? daneProblem(usable, chain, names, new Date(options.now())) : null,
    reported: reportedTlsa(host, records),
  };
}

async function stsRequirement(host: Host, dane: boolean, options: TlsPolicyOptions): Promise<TlsRequirement> {
  const { domain, name } = host;
  // From our configuration, or vouched for by a DNSSEC whose word counts.
  const vouched = host.nameVouched === true && (domain === undefined || dane);
  if (domain === undefined) return opportunistic(name, vouched, null);
  const none: ReportedPolicy = { type: 'no-policy-found', domain, lines: [], mx: [] };
  if (options.sts === null) return opportunistic(name, vouched, none);
  const { policy, problem } = await options.sts.policyFor(domain);
  if (problem) options.failed({ ...none, type: 'sts' }, problem.type, problem.text);
  if (policy === null || policy.mode === 'none') return opportunistic(name, vouched, none);
  const listed = isAmong(name, policy.mx);
  return {
    name: policy.mode === 'enforce' ? 'mta-sts' : 'mta-sts testing',
    binding: policy.mode === 'enforce',
    servername: name,
    excluded: listed
      ? null
      : {
          type: 'validation-failure',
          text: `it is no exchanger of ${domain} by the domain's MTA-STS policy`,
        },
    nameVouched: vouched || listed,
    check: authorityProblem,
    reported: { type: 'sts', domain, lines: policyLines(policy), mx: policy.mx },
  };
}

function reportedTlsa(host: Host, records: readonly TlsaRecord[]): ReportedPolicy {
  return {
    type: 'tlsa',
    // RFC 8460 §4.3.1: DANE is a policy of the host.
    domain: host.domain ?? host.name,
    lines: records.map(
      ({ usage, selector, matchingType, certificate }) =>
        `${usage} ${selector} ${matchingType} ${certificate.toString('hex')}`,
    ),
    mx: [],
  };
}

export function remoteOf({ name, address }: Pick<Host, 'name' | 'address'>): string {
  return `${name}[${address}]`;
}

import type { WantedRecord } from '../../shared/account/dns-records.ts';
import { NoDnsAnswer, type Resolver } from '../../shared/net/resolver.ts';

/** 'other': there is one for the same purpose, and it says something else. 'unknown': the DNS gives no answer. */
export type DnsState = 'present' | 'missing' | 'other' | 'unknown';

export interface CheckedRecord extends WantedRecord {
  readonly state: DnsState;
  /** What the DNS has there, written as `data` is. */
  readonly found: readonly string[];
}

/** Asked at once, at most: a domain has some 25 records. */
const AT_ONCE = 8;

/** Asks the DNS for each. Takes a few times `QUESTION_MS` at most. */
export async function checkRecords(
  resolver: Resolver,
  wanted: readonly WantedRecord[],
): Promise<CheckedRecord[]> {
  const checked: CheckedRecord[] = [];
  for (let at = 0; at < wanted.length; at += AT_ONCE)
    checked.push(...(await Promise.all(wanted.slice(at, at + AT_ONCE).map((one) => check(resolver, one)))));
  return checked;
}

async function check(resolver: Resolver, wanted: WantedRecord): Promise<CheckedRecord> {
  try {
    const found = await ask(resolver, wanted);
    return { ...wanted, found, state: judge(wanted, found) };
  } catch (error) {
    if (!(error instanceof NoDnsAnswer)) throw error;
    return { ...wanted, found: [], state: 'unknown' };
  }
}

function judge({ data, free, type }: WantedRecord, found: readonly string[]): DnsState {
  if (found.length === 0) return 'missing';
  if (data === null || (free && found.length === 1)) return 'present';
  const same = found.some((each) => each.toLowerCase() === data.toLowerCase());
  // A second policy or key of the same name makes both count for nothing; a second MX or SRV is the operator's.
  return same && (type !== 'TXT' || found.length === 1) ? 'present' : 'other';
}

async function ask(resolver: Resolver, { name, type, data, begins = '' }: WantedRecord): Promise<string[]> {
  switch (type) {
    case 'A': {
      const [four, six] = await Promise.all([resolver.ask(name, 'A'), resolver.ask(name, 'AAAA')]);
      return [...four.records, ...six.records];
    }
    case 'MX':
      return (await resolver.ask(name, 'MX')).records.map(
        ({ preference, exchange }) =>
          // The preference is the operator's.
          `${bare(exchange) === data?.split(' ')[1] ? data.split(' ')[0] : preference} ${bare(exchange)}`,
      );
    case 'TXT':
      return (await resolver.ask(name, 'TXT')).records.filter((text) => text.startsWith(begins));
    case 'SRV':
      return (await resolver.ask(name, 'SRV')).records.map(({ port, target, priority, weight }) => {
        const host = bare(target);
        // So are priority and weight.
        const ours = data?.endsWith(` ${port} ${host}`);
        return ours ? data! : `${priority ?? 0} ${weight ?? 0} ${port} ${host}`;
      });
    case 'CNAME': {
      // An alias, or the same by addresses of its own: both lead somewhere.
      const answer = await resolver.ask(name, 'A');
      if (answer.canonicalName !== name.toLowerCase()) return [bare(answer.canonicalName)];
      return answer.records.length > 0 ? [...answer.records] : [];
    }
    case 'TLSA':
      return (await resolver.ask(name, 'TLSA')).records.map(
        ({ usage, selector, matchingType, certificate }) =>
          `${usage} ${selector} ${matchingType} ${Buffer.from(certificate).toString('hex')}`,
      );
  }
}

function bare(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

import { HttpsUntrusted, httpsRequest } from '../../../shared/net/https.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import type { Dns } from '../dns.ts';
import { DnsCache } from '../dns-cache.ts';
import { readStsPolicy, readStsRecord, type StsPolicy } from './mta-sts-policy.ts';
import type { StoredPolicy, StsStore } from './mta-sts-store.ts';
import type { TlsProblem } from './requirement.ts';

/** RFC 8461 §3.3: a minute for all of it, and 64 KB are more than a policy needs. */
const FETCH_MS = 60_000;
const MAX_POLICY_BYTES = 65_536;
/** A policy that could not be had is not asked for again so soon (§3.3). */
const REFETCH_MS = 300_000;
/** A policy that still holds is fetched anew at least this often, so that whoever blocks the fetch must do so for long (§3.3). */
const REFRESH_MS = 86_400_000;
/** A policy read from the database holds in this process for so long; who changes it changes its id. */
const KNOWN_MS = 60_000;

export interface StsOptions {
  readonly dns: Pick<Dns, 'ask' | 'addresses'>;
  readonly store: StsStore;
  readonly secureContext?: Parameters<typeof httpsRequest>[0]['secureContext'];
  /** 443, but for tests. */
  readonly port: number;
  /** Unix milliseconds, the database's. */
  readonly now: () => number;
  readonly log: Logger;
}

export interface FoundPolicy {
  /** null: the domain has none, or none that could be had. */
  readonly policy: StsPolicy | null;
  /** Why it could not be had. */
  readonly problem: TlsProblem | null;
}

/** The MTA-STS policies of domains (RFC 8461), as they are published, or as they were while they hold. */
export class MtaSts {
  readonly #options: StsOptions;
  /** Domain and id to what came of the last look. */
  readonly #known: DnsCache<FoundPolicy>;
  readonly #refreshing = new Set<string>();

  constructor(options: StsOptions) {
    this.#options = options;
    this.#known = new DnsCache(options.now);
  }

  /** `domain` in lower case. Never throws: what cannot be had is no policy (§5). */
  async policyFor(domain: string): Promise<FoundPolicy> {
    const id = await this.#publishedId(domain);
    return this.#known.get(`${domain} ${id ?? ''}`, async () => {
      const value = await this.#find(domain, id);
      return { value, ttlMs: value.problem === null ? KNOWN_MS : REFETCH_MS };
    });
  }

  /** null: there is no valid record, or the DNS gives no answer. */
  async #publishedId(domain: string): Promise<string | null> {
    try {
      const { records } = await this.#options.dns.ask(`_mta-sts.${domain}`, 'TXT');
      return readStsRecord(records);
    } catch {
      return null;
    }
  }

  async #find(domain: string, id: string | null): Promise<FoundPolicy> {
    const stored = await this.#options.store.read(domain).catch((error: unknown) => {
      this.#options.log.warn({ err: error, domain }, 'an MTA-STS policy could not be read');
      return null;
    });
    // §5.1: a record that is gone does not end a policy that still holds.
    if (id === null) return { policy: stored?.policy ?? null, problem: null };
    if (stored?.policy.id === id) {
      this.#refresh(domain, stored);
      return { policy: stored.policy, problem: null };
    }
    const fetched = await this.#fetch(domain, id);
    if (fetched.policy) return fetched;
    return { policy: stored?.policy ?? null, problem: fetched.problem };
  }

  #refresh(domain: string, { policy, fetchedAt }: StoredPolicy): void {
    const after = Math.min(REFRESH_MS, policy.maxAge * 500);
    if (this.#options.now() - fetchedAt < after || this.#refreshing.has(domain)) return;
    this.#refreshing.add(domain);
    void this.#fetch(domain, policy.id).finally(() => this.#refreshing.delete(domain));
  }

  async #fetch(domain: string, id: string): Promise<FoundPolicy> {
    const hostname = `mta-sts.${domain}`;
    const failed = (type: TlsProblem['type'], text: string): FoundPolicy => {
      this.#options.log.info({ domain, problem: text }, 'no MTA-STS policy');
      return { policy: null, problem: { type, text } };
    };
    try {
      const { addresses } = await this.#options.dns.addresses(hostname);
      const response = await httpsRequest({
        hostname,
        addresses,
        port: this.#options.port,
        path: '/.well-known/mta-sts.txt',
        secureContext: this.#options.secureContext,
        timeoutMs: FETCH_MS,
        maxBytes: MAX_POLICY_BYTES,
      });
      if (response.status !== 200)
        return failed('sts-policy-fetch-error', `the policy's server says ${response.status}`);
      if (response.contentType !== 'text/plain')
        return failed('sts-policy-invalid', 'the policy is no text/plain');
      const policy = readStsPolicy(response.body.toString('utf8'), id);
      if (!policy) return failed('sts-policy-invalid', 'the policy is not valid');
      await this.#options.store.write(domain, policy).catch((error: unknown) => {
        this.#options.log.warn({ err: error, domain }, 'an MTA-STS policy could not be kept');
      });
      return { policy, problem: null };
    } catch (error) {
      const text = (error as Error).message;
      return error instanceof HttpsUntrusted
        ? failed('sts-webpki-invalid', text)
        : failed('sts-policy-fetch-error', text);
    }
  }
}

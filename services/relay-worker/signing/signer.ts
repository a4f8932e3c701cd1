import { BoundedCache } from '../../../shared/account/bounded-cache.ts';
import type { SigningKey } from '../../../shared/account/dkim-keys.ts';
import type { Metrics } from '../../../shared/runtime/metrics.ts';
import type { RemoteEntry } from '../../../shared/spool/remote.ts';
import { arcFields } from './arc.ts';
import { digest } from './digest.ts';
import { dkimFields, type LoadedKey, loadKey } from './dkim.ts';
import { wireForm } from './wire-form.ts';

/** How long a rotation of keys takes to be heard of: well below what a DNS record takes. */
const KEYS_MS = 10_000;
const MAX_DOMAINS = 10_000;
/** Fields kept for the other destinations and the next attempts of a message; some 1,500 bytes each. */
const MAX_KEPT = 5_000;
const KEPT_MS = 3_600_000;
/** Labels above our own name that are looked at for keys. */
const MAX_PARENTS = 3;

const NOTHING = Buffer.alloc(0);

export interface SignerOptions {
  /** Throws `DatabaseUnavailable`. */
  readonly keys: (domain: string) => Promise<readonly SigningKey[]>;
  /** Our own name: its mail (DSNs) is signed by the domain of ours that it lies in. */
  readonly hostname: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly metrics: Metrics;
}

/** The fields to be sent in front of a message, over the bytes that `stored` reads. Throws when the keys, or a key, cannot be used: nothing is sent unsigned then. */
export type Sign = (entry: RemoteEntry, stored: () => AsyncIterable<Uint8Array>) => Promise<Buffer>;

/**
 * Signs what leaves us: by DKIM (RFC 6376) what is ours, by ARC (RFC 8617) what we pass on. It is done when a message is sent, over the bytes
 * that are sent, so that stored messages never change and a rotation of keys reaches what waits, too.
 */
export function createSigner(options: SignerOptions): Sign {
  const clock = () => performance.now();
  const loaded = new BoundedCache<Promise<readonly LoadedKey[]>>(MAX_DOMAINS, clock);
  const kept = new BoundedCache<Promise<Buffer>>(MAX_KEPT, clock);
  const signed = options.metrics.counter('cartero_relay_signed_total', 'Messages signed or sealed', ['by']);

  const keysOf = (domain: string): Promise<readonly LoadedKey[]> => {
    const known = loaded.get(domain);
    if (known !== undefined) return known;
    const keys = options.keys(domain).then((found) => found.map(loadKey));
    loaded.set(domain, keys, KEYS_MS);
    keys.catch(() => loaded.set(domain, keys, 0));
    return keys;
  };

  /** The domain whose keys sign for `signer`, and they. */
  const find = async (signer: string): Promise<{ domain: string; keys: readonly LoadedKey[] } | null> => {
    const own = signer.toLowerCase() === options.hostname.toLowerCase();
    for (const domain of own ? parents(signer.toLowerCase()) : [signer]) {
      const keys = await keysOf(domain);
      if (keys.length > 0) return { domain, keys };
    }
    return null;
  };

  const fields = async (
    entry: RemoteEntry,
    domain: string,
    keys: readonly LoadedKey[],
    stored: () => AsyncIterable<Uint8Array>,
  ): Promise<Buffer> => {
    const found = await digest(wireForm(stored(), entry.body));
    if (found === null) return NOTHING;
    const now = options.now();
    const text = entry.forwarded
      ? await arcFields(found, { domain, key: keys[0]!, hostname: options.hostname, now })
      : await dkimFields(found, domain, keys, now);
    if (text !== '') signed.inc({ by: entry.forwarded ? 'arc' : 'dkim' });
    return Buffer.from(text, 'latin1');
  };

  return async (entry, stored) => {
    if (entry.signer === undefined) return NOTHING;
    const by = await find(entry.signer);
    if (by === null) return NOTHING;
    const selectors = by.keys.map(({ selector }) => selector).join();
    const key = `${entry.emailId} ${by.domain} ${selectors} ${entry.forwarded === true} ${entry.body}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = fields(entry, by.domain, by.keys, stored);
    kept.set(key, made, KEPT_MS);
    made.catch(() => kept.set(key, made, 0));
    return made;
  };
}

/** A name and the domains that it lies in, but for the top level. */
function parents(name: string): string[] {
  const labels = name.split('.');
  return labels
    .slice(0, Math.min(labels.length - 1, MAX_PARENTS + 1))
    .map((_, at) => labels.slice(at).join('.'));
}

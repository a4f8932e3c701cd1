import { headerFields } from '../../../shared/message/header.ts';
import type { Digest } from './digest.ts';
import type { LoadedKey } from './dkim.ts';

export interface SealOptions {
  /** In A-labels. */
  readonly domain: string;
  readonly key: LoadedKey;
  /** The name that our Authentication-Results fields begin with (RFC 8601 §2.5). */
  readonly hostname: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * The ARC set (RFC 8617 §5.1) for a message that we pass on, as it came in with our findings. '' when there is nothing to vouch for: no
 * Authentication-Results of ours, a chain that is broken or of which we do not know how it fared. Throws when the key is none.
 */
export async function arcFields({ header, bodyHash }: Digest, options: SealOptions): Promise<string> {
  const authResults = ownResults(header, options.hostname);
  if (authResults === null) return '';
  // Loaded when it is needed first: most workers never pass anything on.
  const { createSeal, getARChain } = await import('mailauth/lib/arc/index.js');
  const headers = { parsed: parsedFields(header), original: header };
  const chain = chainOf(() => getARChain(headers));
  const cv = chainValidity(chain, authResults);
  if (chain === undefined || cv === null) return '';
  const { headers: fields, errors } = await createSeal(false, {
    headers,
    arc: { chain, lastEntry: chain ? chain.at(-1) : undefined },
    seal: {
      signingDomain: options.domain,
      selector: options.key.selector,
      privateKey: options.key.key.export({ type: 'pkcs8', format: 'pem' }),
      algorithm: options.key.algorithm,
      signTime: new Date(options.now),
      authResults,
      bodyHash,
      cv,
    },
  });
  if (errors.length > 0) throw errors[0]!.err;
  return fields.map((field) => `${field}\r\n`).join('');
}

/** undefined: what is there is no chain. */
function chainOf<Chain>(read: () => Chain): Chain | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What we found at the way in; fields of that name below the first Received are somebody else's. Latin1, folded as it was. */
function ownResults(header: Buffer, hostname: string): string | null {
  for (const { name, valueStart, end } of headerFields(header)) {
    if (name === 'received') return null;
    if (name !== 'authentication-results') continue;
    const value = header.toString('latin1', valueStart, end).trim();
    const server = value.slice(0, value.search(/[\s;]/)).toLowerCase();
    if (server === hostname.toLowerCase()) return value;
  }
  return null;
}

/** RFC 8617 §4.4: 'none' without a chain; else as we found it, which must be known. */
function chainValidity(chain: readonly unknown[] | false | undefined, results: string): string | null {
  if (!chain || chain.length === 0) return 'none';
  const [, found] = /[;\s]arc=(pass|fail)\b/i.exec(results) ?? [];
  return found?.toLowerCase() ?? null;
}

function parsedFields(header: Buffer): { key: string; casedKey: string; line: Buffer }[] {
  return headerFields(header).map(({ name, nameStart, valueStart, end }) => ({
    key: name,
    casedKey: header.toString('latin1', nameStart, valueStart - 1).trimEnd(),
    line: header.subarray(nameStart, header[end - 1] === 10 ? end - (header[end - 2] === 13 ? 2 : 1) : end),
  }));
}

import type { Database } from '../database/port.ts';
import { splitAddress } from './address.ts';
import { serverKey } from './server-key.ts';
import { isSrs, makeSrs, readSrs } from './srs.ts';

export interface ForwardingOptions {
  /** False: forwarded mail keeps its reverse-path. */
  readonly srs?: boolean;
  /** What signs our rewritten addresses; absent: a key that is made once and kept in the database. */
  readonly srsSecret?: string;
  readonly now?: () => number;
}

export interface Forwarding {
  /** See `AccountDirectory.forwardedReversePath`. */
  rewrite(reversePath: string, via: string): Promise<string>;
  /** Who is behind a rewritten address of ours: null when none is, although it looks like one; undefined when it does not. */
  original(forwardPath: string): Promise<string | null | undefined>;
}

export function createForwarding(
  database: Database,
  isLocalDomain: (domain: string) => Promise<boolean>,
  { srs = true, srsSecret, now = Date.now }: ForwardingOptions,
): Forwarding {
  let known: Promise<Uint8Array> | undefined;
  const key = (): Promise<Uint8Array> => {
    if (srsSecret !== undefined) return Promise.resolve(Buffer.from(srsSecret));
    known ??= serverKey(database, 'srs').catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    async rewrite(reversePath, via) {
      const from = reversePath === '' || !srs ? undefined : splitPath(reversePath);
      const ours = splitAddress(via)?.domain;
      if (from === undefined || ours === undefined || (await isLocalDomain(from.domain))) return reversePath;
      return makeSrs(from, ours, await key(), now()) ?? reversePath;
    },
    async original(forwardPath) {
      // A rewritten local part may be longer than any that is given out.
      const at = forwardPath.lastIndexOf('@');
      const local = forwardPath.slice(0, Math.max(at, 0));
      if (!srs || !isSrs(local) || !(await isLocalDomain(forwardPath.slice(at + 1)))) return undefined;
      return readSrs(local, await key(), now()) ?? null;
    },
  };
}

/** As `splitAddress`, but for the length of the local part. */
function splitPath(path: string): { local: string; domain: string } | undefined {
  const at = path.lastIndexOf('@');
  const domain = splitAddress(`a@${path.slice(at + 1)}`)?.domain;
  return at < 1 || domain === undefined ? undefined : { local: path.slice(0, at), domain };
}

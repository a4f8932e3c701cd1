import { createHash } from 'node:crypto';
import type { Config } from '../runtime/config.ts';

/** RFC 8461 §3.2: a week. Long enough to protect, short enough to mend a mistake. */
const MAX_AGE_S = 604_800;

export interface MtaStsPolicy {
  /** The file at `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`. */
  readonly text: string;
  /** What `_mta-sts.DOMAIN` says of it: another one when the policy is another. */
  readonly id: string;
}

/** The policy of all our domains (RFC 8461 §3.2); null: there is none. */
export function ownMtaStsPolicy({
  hostname,
  mtaStsPolicy: mode,
}: Pick<Config, 'hostname' | 'mtaStsPolicy'>): MtaStsPolicy | null {
  if (mode === 'none') return null;
  const text = `version: STSv1\r\nmode: ${mode}\r\nmx: ${hostname}\r\nmax_age: ${MAX_AGE_S}\r\n`;
  return { text, id: createHash('sha256').update(text).digest('hex').slice(0, 20) };
}

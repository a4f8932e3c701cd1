import type { Database } from '../../../shared/database/port.ts';
import type { StsPolicy } from './mta-sts-policy.ts';

export interface StoredPolicy {
  readonly policy: StsPolicy;
  /** Unix milliseconds. */
  readonly fetchedAt: number;
}

/** Policies of others, kept for all relay workers until they expire (RFC 8461 §5.1). */
export interface StsStore {
  /** null: none that still holds. */
  read(domain: string): Promise<StoredPolicy | null>;
  write(domain: string, policy: StsPolicy): Promise<void>;
}

interface Row {
  readonly policy_id: string;
  readonly mode: StsPolicy['mode'];
  readonly mx: readonly string[];
  readonly max_age: number;
  readonly fetched_at: number;
}

const READ_SQL = `select policy_id, mode, mx, max_age, fetched_at from mta_sts_policy
  where domain = $1 and expires_at > $2`;

/** Clears some of what has expired on the way: there is no other reader who would. */
const WRITE_SQL = `with gone as (
    delete from mta_sts_policy where domain = any(array(
      select domain from mta_sts_policy where expires_at < $6 and domain <> $1 order by expires_at limit 10)))
  insert into mta_sts_policy (domain, policy_id, mode, mx, max_age, fetched_at, expires_at)
  values ($1, $2, $3, $4::text[], $5, $6, $7)
  on conflict (domain) do update set policy_id = excluded.policy_id, mode = excluded.mode, mx = excluded.mx,
    max_age = excluded.max_age, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at`;

export function createStsStore(database: Database): StsStore {
  return {
    async read(domain) {
      const [row] = await database.prepared<Row>('mta_sts_read', READ_SQL, [domain, database.now()]);
      if (!row) return null;
      const { policy_id: id, mode, mx, max_age: maxAge, fetched_at: fetchedAt } = row;
      return { policy: { id, mode, mx, maxAge }, fetchedAt };
    },
    async write(domain, { id, mode, mx, maxAge }) {
      const now = database.now();
      await database.prepared('mta_sts_write', WRITE_SQL, [
        domain,
        id,
        mode,
        mx,
        maxAge,
        now,
        now + maxAge * 1_000,
      ]);
    },
  };
}

import type { Database } from '../../shared/database/port.ts';

/** A replica and the partitions it holds; `name: null` gathers those nobody holds. */
export interface LeaseHolder {
  readonly kind: string;
  readonly name: string | null;
  readonly replicaId: string | null;
  readonly state: 'alive' | 'draining' | 'expired' | 'gone' | 'unowned';
  readonly partitions: readonly number[];
  readonly expiresAt: Date | null;
}

const HOLDERS = `
  select coalesce(l.kind, r.kind) as kind, coalesce(l.owner, r.replica_id) as replica_id, r.name, r.expires_at,
         case when l.owner is null and r.replica_id is null then 'unowned'
              when r.replica_id is null or not r.alive then 'gone'
              when r.expires_at < now() then 'expired'
              when r.draining then 'draining'
              else 'alive' end as state,
         coalesce(array_agg(l.partition::int order by l.partition) filter (where l.partition is not null), '{}') as partitions
    from lease l
    full join replica r on r.replica_id = l.owner
   where l.kind is not null or (r.alive and r.expires_at > now())
   group by 1, 2, 3, 4, 5
   order by 1, 3, 2`;

interface HolderRow {
  kind: string;
  replica_id: string | null;
  name: string | null;
  expires_at: Date | null;
  state: LeaseHolder['state'];
  partitions: number[];
}

/** Who holds which partitions, by kind of actor. */
export async function listLeases(database: Database): Promise<LeaseHolder[]> {
  const rows = await database.prepared<HolderRow>('lease-holders', HOLDERS, []);
  return rows.map((row) => ({
    kind: row.kind,
    name: row.name,
    replicaId: row.replica_id,
    state: row.state,
    partitions: row.partitions,
    expiresAt: row.expires_at,
  }));
}

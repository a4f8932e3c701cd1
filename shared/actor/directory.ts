import { sql } from 'kysely';
import type { Database } from '../database/port.ts';
import { PARTITIONS } from './partition.ts';

/** The kinds of actors that live in partitions. */
export type ActorKind = 'mailbox' | 'destination';

/** Leases and replicas, as statements; `host.ts` decides when. Each is its own transaction. */
export interface Directory {
  /** Enters a replica under a fresh id. */
  join(replicaId: string, name: string): Promise<void>;
  /** Renews; false when the replica was declared dead: it is fenced. */
  renew(replicaId: string, draining: boolean): Promise<boolean>;
  /** Declares replicas dead whose lease ran out and frees their partitions; returns how many partitions became free. */
  reap(): Promise<number>;
  /** Replicas that are alive and not draining. */
  members(): Promise<number>;
  /** Takes up to `limit` free partitions, each with a higher epoch. */
  claim(replicaId: string, limit: number): Promise<number[]>;
  /** Gives partitions back. */
  release(replicaId: string, partitions: readonly number[]): Promise<void>;
  /** Gives everything back and forgets the replica. */
  leave(replicaId: string): Promise<void>;
}

/** Dead replicas are kept this long for whoever looks for the reason of a take-over. */
const DEAD_KEPT = '1 hour';

export function createDirectory(database: Database, kind: ActorKind, ttlMs: number): Directory {
  const { kysely } = database;
  const expiry = sql<Date>`clock_timestamp() + make_interval(secs => ${ttlMs / 1000})`;
  return {
    async join(replicaId, name) {
      await kysely
        .insertInto('replica')
        .values({ replica_id: replicaId, kind, name, expires_at: expiry })
        .execute();
    },

    async renew(replicaId, draining) {
      const { numUpdatedRows } = await kysely
        .updateTable('replica')
        .set({ expires_at: expiry, draining })
        .where('replica_id', '=', replicaId)
        .where('alive', '=', true)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async reap() {
      // Waits for the commits that hold the dead replica's row; Postgres ends an idle one by itself.
      await sql`update replica set alive = false
        where kind = ${kind} and alive and expires_at < clock_timestamp()`.execute(kysely);
      await sql`delete from replica
        where kind = ${kind} and not alive and expires_at < clock_timestamp() - ${DEAD_KEPT}::interval`.execute(
        kysely,
      );
      const freed = await sql`update lease set owner = null where (kind, partition) in (
          select l.kind, l.partition from lease l
          where l.kind = ${kind} and l.owner is not null
            and not exists (select from replica r where r.replica_id = l.owner and r.alive)
          for update skip locked)`.execute(kysely);
      return Number(freed.numAffectedRows ?? 0n);
    },

    async members() {
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from replica
        where kind = ${kind} and alive and not draining and expires_at > clock_timestamp()`.execute(kysely);
      return rows[0]?.n ?? 0;
    },

    async claim(replicaId, limit) {
      const { rows } = await sql<{
        partition: number;
      }>`update lease set owner = ${replicaId}, epoch = epoch + 1
        where kind = ${kind} and partition in (
          select partition from lease where kind = ${kind} and owner is null
          order by partition limit ${Math.min(limit, PARTITIONS)} for update skip locked)
          and exists (select from replica where replica_id = ${replicaId} and alive)
        returning partition`.execute(kysely);
      return rows.map((row) => row.partition).sort((a, b) => a - b);
    },

    async release(replicaId, partitions) {
      await kysely
        .updateTable('lease')
        .set({ owner: null })
        .where('kind', '=', kind)
        .where('owner', '=', replicaId)
        .where('partition', 'in', [...partitions])
        .execute();
    },

    async leave(replicaId) {
      await kysely
        .updateTable('lease')
        .set({ owner: null })
        .where('kind', '=', kind)
        .where('owner', '=', replicaId)
        .execute();
      await kysely.deleteFrom('replica').where('replica_id', '=', replicaId).execute();
    },
  };
}

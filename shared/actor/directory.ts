import { sql } from 'kysely';
import type { Database } from '../database/port.ts';
import { PARTITIONS } from './partition.ts';

/** The kinds of actors that live in partitions. */
export type ActorKind = 'mailbox' | 'destination';

/** A partition under one tenure: whoever takes it next gets a higher epoch. */
export interface Lease {
  readonly partition: number;
  readonly epoch: number;
}

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
  /** Takes up to `limit` free partitions, each with a higher epoch; in the order of partitions. */
  claim(replicaId: string, limit: number): Promise<Lease[]>;
  /** What the books say is the replica's. */
  owned(replicaId: string): Promise<Lease[]>;
  /** Gives partitions back. Those that have a higher epoch by now stay: a statement may run long after it was given up. */
  release(replicaId: string, leases: readonly Lease[]): Promise<void>;
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
      const { rows } = await sql<Lease>`update lease set owner = ${replicaId}, epoch = epoch + 1
        where kind = ${kind} and partition in (
          select partition from lease where kind = ${kind} and owner is null
          order by partition limit ${Math.min(limit, PARTITIONS)} for update skip locked)
          and exists (select from replica where replica_id = ${replicaId} and alive)
        returning partition, epoch`.execute(kysely);
      return rows.sort((a, b) => a.partition - b.partition);
    },

    async owned(replicaId) {
      const { rows } = await sql<Lease>`select partition, epoch from lease
        where kind = ${kind} and owner = ${replicaId} order by partition`.execute(kysely);
      return rows;
    },

    async release(replicaId, leases) {
      const partitions = leases.map((lease) => lease.partition);
      const epochs = leases.map((lease) => lease.epoch);
      await sql`update lease l set owner = null
        from unnest(${partitions}::smallint[], ${epochs}::bigint[]) as g (partition, epoch)
        where l.kind = ${kind} and l.owner = ${replicaId} and l.partition = g.partition and l.epoch = g.epoch`.execute(
        kysely,
      );
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

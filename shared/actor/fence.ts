import { sql, type Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';

/**
 * What a commit of an actor checks. A replica's partitions are taken over by first marking its `replica` row dead;
 * a commit holds a share lock on that row, so it is either wholly before the take-over or it fails.
 */
export interface Fence {
  readonly replicaId: string;
}

/** The replica's leases were taken over: whatever it believes of its actors is void. */
export class FenceLost extends Error {
  constructor(replicaId: string) {
    super(`the leases of ${replicaId} were taken over`);
    this.name = 'FenceLost';
  }
}

/** The SQL of the check, for statements that carry it as a CTE; `$1` is the replica's id. */
export const FENCE_SQL = 'select 1 from replica where replica_id = $1 and alive for share';

/** Throws `FenceLost` unless the replica still owns its leases; holds them until the transaction ends. */
export async function checkFence(trx: Transaction<Schema>, fence: Fence): Promise<void> {
  const { rows } =
    await sql`select 1 from replica where replica_id = ${fence.replicaId} and alive for share`.execute(trx);
  if (rows.length === 0) throw new FenceLost(fence.replicaId);
}

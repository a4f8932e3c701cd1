import type { Trx, Turn } from './turn.ts';

export const OBJECT_CREATED = 1;
export const OBJECT_UPDATED = 2;
export const OBJECT_DESTROYED = 3;

/** Types whose changes are written down here; messages have the journal. */
export type ObjectType = 'Mailbox' | 'Identity' | 'EmailSubmission' | 'VacationResponse' | 'SieveScript';

/** Writes down what became of objects under a MODSEQ of this transaction's. */
export async function writeObjectChanges(
  trx: Trx,
  turn: Pick<Turn, 'account' | 'now'>,
  modSeq: number,
  type: ObjectType,
  kind: number,
  objectIds: readonly (string | number)[],
): Promise<void> {
  if (objectIds.length === 0) return;
  await trx
    .insertInto('object_change')
    .values(
      objectIds.map((id) => ({
        account_id: turn.account,
        mod_seq: modSeq,
        type,
        object_id: String(id),
        kind,
        at: turn.now,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

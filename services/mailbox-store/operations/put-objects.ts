import { sql } from 'kysely';
import { nextModSeq } from '../mailbox-rows.ts';
import { OBJECT_CREATED, OBJECT_DESTROYED, OBJECT_UPDATED, writeObjectChanges } from '../object-changes.ts';
import { type Operation, Refused } from '../turn.ts';

/** Objects of one type that an account keeps, and UTF-16 units of one. */
const MAX_OBJECTS = 10_000;
const MAX_VALUE = 200_000;
const MAX_A_TURN = 1_000;

export const putObjects: Operation<'putObjects'> = async (turn, { type, ifModSeq, objects }) => {
  const tooLong = objects.some(({ value }) => (value?.length ?? 0) > MAX_VALUE);
  const reply = await turn.commit(async (trx) => {
    if (tooLong || objects.length > MAX_A_TURN) throw new Refused('limit', 'it is too large');
    const modSeq = await nextModSeq(trx, turn);
    const oldModSeq = modSeq - 1;
    if (ifModSeq !== undefined && ifModSeq !== oldModSeq)
      throw new Refused('state-mismatch', 'the account has changed');
    const ids = objects.map(({ id }) => id);
    const { rows } = await sql<{ object_id: string }>`select object_id from account_object
      where account_id = ${turn.account} and type = ${type} and object_id = any(${ids}::text[])`.execute(trx);
    const there = new Set(rows.map((row) => row.object_id));
    const kept = objects.filter((object): object is { id: string; value: string } => object.value !== null);
    const gone = objects.filter(({ id, value }) => value === null && there.has(id)).map(({ id }) => id);
    if (kept.length > 0)
      await sql`insert into account_object (account_id, type, object_id, value)
        select ${turn.account}, ${type}, o.id, o.value
        from unnest(${kept.map(({ id }) => id)}::text[], ${kept.map(({ value }) => value)}::text[]) o (id, value)
        on conflict (account_id, type, object_id) do update set value = excluded.value`.execute(trx);
    if (gone.length > 0)
      await sql`delete from account_object where account_id = ${turn.account} and type = ${type}
        and object_id = any(${gone}::text[])`.execute(trx);
    const { rows: counted } = await sql<{ n: number }>`select count(*)::int as n from account_object
      where account_id = ${turn.account} and type = ${type}`.execute(trx);
    if ((counted[0]?.n ?? 0) > MAX_OBJECTS) throw new Refused('limit', 'there are too many');
    const created = kept.filter(({ id }) => !there.has(id)).map(({ id }) => id);
    const updated = kept.filter(({ id }) => there.has(id)).map(({ id }) => id);
    await writeObjectChanges(trx, turn, modSeq, type, OBJECT_CREATED, created);
    await writeObjectChanges(trx, turn, modSeq, type, OBJECT_UPDATED, updated);
    await writeObjectChanges(trx, turn, modSeq, type, OBJECT_DESTROYED, gone);
    return { oldModSeq, modSeq };
  });
  if (type === 'VacationResponse') turn.scriptsChanged();
  return reply;
};

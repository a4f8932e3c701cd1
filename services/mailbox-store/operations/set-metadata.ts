import { sql } from 'kysely';
import {
  isPrivate,
  MAX_ACCOUNT_ANNOTATIONS_BYTES,
  MAX_ANNOTATION_BYTES,
  MAX_ANNOTATIONS,
  MAX_ANNOTATIONS_BYTES,
  SPECIAL_USE_ENTRY,
} from '../../../shared/mailbox/annotation.ts';
import { readSpecialUse } from '../../../shared/mailbox/special-use.ts';
import { ALL_READERS, annotated, SERVER } from '../annotated.ts';
import { type MailboxRow, nextModSeq } from '../mailbox-rows.ts';
import { OBJECT_UPDATED, writeObjectChanges } from '../object-changes.ts';
import { type Operation, Refused, refuse, type Trx, type Turn } from '../turn.ts';

interface Value {
  readonly entry: string;
  /** Null: the entry goes. */
  readonly value: Buffer | null;
}

export const setMetadata: Operation<'setMetadata'> = async (turn, request) => {
  const mailbox = await annotated(turn, request.name);
  if (mailbox === undefined) return refuse('not-found', 'no such mailbox');
  const values = request.values.map(({ entry, value }) => ({
    entry,
    value: value === null ? null : Buffer.from(value, 'base64'),
  }));
  if (mailbox === null && values.some(({ entry }) => !isPrivate(entry)))
    return refuse('no-permission', 'what the server says to all is not yours to set');
  if (values.some(({ value }) => (value?.length ?? 0) > MAX_ANNOTATION_BYTES))
    return refuse('annotation-size', 'a value is too large');
  const reader = request.as ?? turn.account;
  return turn.commit(async (trx) => {
    for (const one of values) {
      const special = mailbox !== null && reader === turn.account && one.entry === SPECIAL_USE_ENTRY;
      if (special) await setSpecialUse(trx, turn, mailbox, one.value);
      else await write(trx, turn, mailbox?.mailbox_id ?? SERVER, reader, one);
    }
    await refuseTooMany(trx, turn, mailbox?.mailbox_id ?? SERVER, reader);
    return {};
  });
};

async function write(
  trx: Trx,
  turn: Turn,
  mailboxId: number,
  reader: string,
  { entry, value }: Value,
): Promise<void> {
  const readerId = isPrivate(entry) ? reader : ALL_READERS;
  if (value === null)
    await sql`delete from annotation where account_id = ${turn.account} and mailbox_id = ${mailboxId}
      and reader_id = ${readerId} and entry = ${entry}`.execute(trx);
  else
    await sql`insert into annotation (account_id, mailbox_id, reader_id, entry, value)
      values (${turn.account}, ${mailboxId}, ${readerId}, ${entry}, ${value})
      on conflict (account_id, mailbox_id, reader_id, entry) do update set value = excluded.value`.execute(
      trx,
    );
}

/** RFC 6154 §4 */
async function setSpecialUse(trx: Trx, turn: Turn, mailbox: MailboxRow, value: Buffer | null): Promise<void> {
  const use = value === null ? null : readSpecialUse(value.toString('latin1'));
  if (use === undefined) throw new Refused('special-use', 'no such special use');
  await trx
    .updateTable('mailbox')
    .set({ special_use: use })
    .where('account_id', '=', mailbox.account_id)
    .where('mailbox_id', '=', mailbox.mailbox_id)
    .execute();
  const modSeq = await nextModSeq(trx, turn);
  await writeObjectChanges(trx, turn, modSeq, 'Mailbox', OBJECT_UPDATED, [mailbox.mailbox_id]);
}

/** To be called after the change: throws what undoes it. */
async function refuseTooMany(trx: Trx, turn: Turn, mailboxId: number, reader: string): Promise<void> {
  const { rows } = await sql<{ most: number; bytes: number; all_bytes: number }>`
    select coalesce(max(n) filter (where here), 0)::int as most,
      coalesce(max(bytes) filter (where here), 0)::bigint as bytes, coalesce(sum(bytes), 0)::bigint as all_bytes
    from (select count(*) as n, sum(octet_length(value)) as bytes,
        mailbox_id = ${mailboxId} and reader_id in (${ALL_READERS}, ${reader}) as here
      from annotation where account_id = ${turn.account} group by mailbox_id, reader_id) g`.execute(trx);
  const { most, bytes, all_bytes } = rows[0]!;
  if (most > MAX_ANNOTATIONS || bytes > MAX_ANNOTATIONS_BYTES || all_bytes > MAX_ACCOUNT_ANNOTATIONS_BYTES)
    throw new Refused('annotation-count', 'there are too many annotations');
}

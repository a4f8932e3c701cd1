import { emailIdBound } from '../../../shared/mailbox/email-id.ts';
import { isDamaged } from '../../../shared/storage/checksum.ts';
import { ask, type Finding, MAX_FINDINGS, type Stage } from './finding.ts';

const MESSAGES_A_BATCH = 500;
/** Bytes of a batch, as each is read: a batch with large messages is a short one. */
const BYTES_A_BATCH = 16_777_216;
/** What nothing names is collected after a day (`services/mailbox-store/housekeeping`): older than this it was forgotten. */
const ORPHAN_MS = 3 * 24 * 3_600_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface Row {
  email_id: string;
  bytes: Buffer;
  crc32: number | null;
}

/** Stored messages by id: sizes, chunks, checksums; bytes that nothing names and nobody will collect. */
export const messages: Stage = async (database, after) => {
  const page = await database.prepared<{ email_id: string }>(
    'doctor_message_page',
    `select email_id from (
       select email_id, sum(size) over (order by email_id) as bytes, row_number() over (order by email_id) as n from (
         select email_id, size from message where email_id > $1::uuid order by email_id limit ${MESSAGES_A_BATCH}) p) q
     where n = 1 or bytes <= ${BYTES_A_BATCH} order by email_id`,
    [after ?? FIRST],
  );
  const ids = page.map((row) => row.email_id);
  const last = ids.at(-1);
  if (last === undefined) return { findings: await orphanedChunks(database), checked: 0, next: null };
  const findings = [
    ...(await ask(
      database,
      'stored sizes',
      `select format('message %s: %s bytes in %s chunks, says %s in %s', m.email_id, c.bytes, c.n, m.size, m.chunks) as what
       from message m cross join lateral (
         select coalesce(sum(octet_length(bytes)), 0) + octet_length(m.inline) as bytes, count(*) as n from message_chunk c where c.email_id = m.email_id) c
       where m.email_id = any($1::uuid[]) and (c.bytes <> m.size or c.n <> m.chunks)`,
      [ids],
    )),
    ...(await ask(
      database,
      'orphaned messages',
      `with referred as materialized (
         select email_id from mailbox_message where email_id = any($1::uuid[])
         union select email_id from spool_local where email_id in (select unnest($1::uuid[]))
         union select email_id from spool_remote where email_id in (select unnest($1::uuid[]))
         union select email_id from message_release where email_id in (select unnest($1::uuid[])))
       select format('message %s: nothing names it', m.email_id) as what from message m
       where m.email_id = any($1::uuid[]) and m.stored_at < $2::bigint
         and not exists (select from referred r where r.email_id = m.email_id)`,
      [ids, database.now() - ORPHAN_MS],
    )),
    ...damaged(
      await database.prepared<Row>(
        'doctor_inline',
        'select email_id, inline as bytes, crc32 from message where email_id = any($1::uuid[]) and chunks = 0',
        [ids],
      ),
    ),
  ];
  const chunked = await database.prepared<{ email_id: string; chunks: number }>(
    'doctor_chunked',
    'select email_id, chunks from message where email_id = any($1::uuid[]) and chunks > 0',
    [ids],
  );
  // One at a time: a message may be larger than a batch should be.
  for (const { email_id, chunks } of chunked)
    for (let chunk = 0; chunk < chunks; chunk++)
      findings.push(
        ...damaged(
          await database.prepared<Row>(
            'doctor_chunk',
            'select email_id, bytes, crc32 from message_chunk where email_id = $1 and chunk_no = $2',
            [email_id, chunk],
          ),
        ),
      );
  return { findings: findings.slice(0, MAX_FINDINGS * 3), checked: ids.length, next: last };
};

function damaged(rows: readonly Row[]): Finding[] {
  return rows
    .filter((row) => isDamaged(row.bytes, row.crc32))
    .map((row) => ({ check: 'checksums', what: `message ${row.email_id}: the bytes are not those stored` }));
}

function orphanedChunks(database: Parameters<Stage>[0]): Promise<Finding[]> {
  return ask(
    database,
    'orphaned chunks',
    `select distinct format('message %s: chunks without a message', c.email_id) as what from message_chunk c
     where c.chunk_no <= 1 and not exists (select from message m where m.email_id = c.email_id)
       and c.email_id < $1::uuid`,
    [emailIdBound(database.now() - ORPHAN_MS)],
  );
}

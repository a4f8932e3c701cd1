import { sql } from 'kysely';
import { checkFence, type Fence } from '../../../shared/actor/fence.ts';
import type { Database } from '../../../shared/database/port.ts';
import {
  addSlices,
  SEGMENT_MESSAGES,
  SegmentBits,
  SLICE_BYTES,
  SLICES,
  SLICES_A_ROW,
} from '../../../shared/search/slices.ts';

/** Texts in memory at once: so many, each of at most 1 MiB. */
const TEXTS_A_READ = 32;
const ROW_BYTES = SLICES_A_ROW * SLICE_BYTES;

/**
 * Lays the bits of the account's next 1,024 messages across, as soon as there are so many; until then a search reads their
 * texts. A segment never changes.
 */
export async function sealSegments(
  context: { readonly database: Database; readonly fence: () => Fence },
  account: number,
): Promise<void> {
  const { database } = context;
  for (;;) {
    const [row] = await database.prepared<{ next_ord: number; segments: number }>(
      'search_account',
      'select next_ord, segments from search_account where account_id = $1',
      [account],
    );
    if (row === undefined || row.next_ord < (row.segments + 1) * SEGMENT_MESSAGES) return;
    const segment = row.segments;
    const bits = await bitsOfSegment(database, account, segment);
    await database.transaction(async (trx) => {
      await checkFence(trx, context.fence());
      const { rows: taken } = await sql`update search_account set segments = ${segment + 1}
        where account_id = ${account} and segments = ${segment} returning 1`.execute(trx);
      if (taken.length === 0) return;
      await sql`insert into search_slices (account_id, segment, row_no, bits)
        select ${account}::bigint, ${segment}::int, n, substring(${bits}::bytea from n * ${ROW_BYTES}::int + 1 for ${ROW_BYTES}::int)
        from generate_series(0, ${SLICES / SLICES_A_ROW - 1}::int) n`.execute(trx);
    });
  }
}

async function bitsOfSegment(database: Database, account: number, segment: number): Promise<Buffer> {
  const first = segment * SEGMENT_MESSAGES;
  const bits = new SegmentBits();
  for (let at = 0; at < SEGMENT_MESSAGES; at += TEXTS_A_READ) {
    const texts = await database.prepared<{ ord: number; header: string; body: string }>(
      'segment_texts',
      `select a.ord, t.header, t.body from account_message a join message_text t using (email_id)
       where a.account_id = $1 and a.ord >= $2 and a.ord < $3`,
      [account, first + at, first + at + TEXTS_A_READ],
    );
    for (const { ord, header, body } of texts) {
      const own = new Uint8Array(SLICES / 8);
      addSlices(own, header);
      addSlices(own, body);
      bits.add(ord - first, own);
    }
  }
  return bits.bytes();
}

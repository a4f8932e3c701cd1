import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openPGlite } from '../../../shared/database/pglite.ts';
import type { Database } from '../../../shared/database/port.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import {
  CHUNK_BYTES,
  MAX_PREFIX_BYTES,
  MessageDamaged,
  MessageMissing,
  type MessageStorage,
  type StagedMessage,
} from '../../../shared/storage/port.ts';
import { createMessageStorage } from '../../../shared/storage/storage.ts';
import { missing, type TestDatabase, testDatabase } from '../../servers.ts';

const HEADER = Buffer.from('Subject: storage\r\n\r\n');
const MB = 1_048_576;

/** A message of exactly so many bytes, none like its neighbours. */
function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = 33 + ((at * 7 + (at >> 8)) % 90);
  HEADER.copy(bytes);
  return bytes;
}

/** Bytes that are held, without what waits to be collected. */
async function inUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Twice: what the first one found free, the second one has swept.
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

for (const kind of ['pglite', 'postgres'] as const) {
  describe(`message storage, on ${kind}`, { skip: kind === 'postgres' && missing('postgres') }, () => {
    let fresh: TestDatabase | undefined;
    let database: Database;
    let storage: MessageStorage;

    before(async () => {
      fresh = kind === 'postgres' ? await testDatabase() : undefined;
      database = fresh ? await openPostgres({ url: fresh.url }) : await openPGlite(undefined);
      storage = createMessageStorage(database);
    });
    after(async () => {
      await database?.close();
      await fresh?.drop();
    });

    const stage = async (bytes: Buffer, cut: number): Promise<StagedMessage> => {
      const writer = storage.create();
      // As a socket does: each piece is new memory, and what a parser left of it may be a part.
      for (let at = 0; at < bytes.length; at += cut) {
        const piece = Buffer.from(bytes.subarray(at, at + cut));
        const half = piece.length >> 2;
        await writer.write(piece.subarray(0, half));
        await writer.write(piece.subarray(half));
      }
      return writer.finish();
    };
    const chunkRows = async (emailId: string): Promise<number[]> => {
      const rows = await database.prepared<{ bytes: number }>(
        'chunk_rows',
        'select octet_length(bytes) as bytes from message_chunk where email_id = $1 order by chunk_no',
        [emailId],
      );
      return rows.map(({ bytes }) => bytes);
    };

    const sizes: [string, number, number[]][] = [
      ['a small message', 100, []],
      ['just a full row', CHUNK_BYTES, []],
      ['one byte more', CHUNK_BYTES + 1, [CHUNK_BYTES, 1]],
      ['just two chunks', 2 * CHUNK_BYTES, [CHUNK_BYTES, CHUNK_BYTES]],
      ['three chunks', 2 * CHUNK_BYTES + 5_000, [CHUNK_BYTES, CHUNK_BYTES, 5_000]],
    ];
    for (const [title, size, chunks] of sizes) {
      for (const cut of [65_536, 4 * CHUNK_BYTES, 9_973]) {
        test(`${title}, written ${cut} bytes at a time, is read as it was`, async () => {
          const bytes = bytesOf(size);
          const staged = await stage(bytes, cut);
          assert.equal(staged.size, size);
          assert.equal(staged.chunks, chunks.length);
          assert.equal(staged.inline.length, chunks.length === 0 ? size : 0);
          await storage.commit(staged);
          await storage.commit(staged);
          assert.deepEqual(await chunkRows(staged.emailId), chunks);
          const read = await storage.readAll(staged.emailId, 0, Number.MAX_SAFE_INTEGER);
          assert.ok(read.equals(bytes));
          const many = await storage.readMany([staged.emailId, makeEmailId()]);
          assert.deepEqual([...many.keys()], chunks.length === 0 ? [staged.emailId] : []);
          const found = (await storage.structures([staged.emailId, makeEmailId()])).get(staged.emailId);
          assert.deepEqual(found, { emailId: staged.emailId, size, structure: staged.structure });
        });
      }
    }

    test('ranges, within a chunk and over their borders', async () => {
      const bytes = bytesOf(3 * CHUNK_BYTES + 17);
      const staged = await stage(bytes, CHUNK_BYTES);
      await storage.commit(staged);
      const small = await stage(bytes.subarray(0, 1_000), 100);
      await storage.commit(small);
      const cuts = [0, 1, 17, 999, 1_000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1];
      cuts.push(2 * CHUNK_BYTES, 3 * CHUNK_BYTES, bytes.length - 1, bytes.length, bytes.length + 5);
      for (const { emailId, size } of [staged, small]) {
        for (const start of cuts) {
          for (const end of cuts) {
            const pieces: Buffer[] = [];
            for await (const piece of storage.read(emailId, start, end)) {
              assert.ok(piece.length > 0 && piece.length <= CHUNK_BYTES);
              pieces.push(piece);
            }
            const expected = start < end ? bytes.subarray(0, size).subarray(start, end) : Buffer.alloc(0);
            assert.ok(Buffer.concat(pieces).equals(expected), `${start} to ${end} of ${size}`);
          }
        }
      }
      assert.equal((await storage.readAll(staged.emailId, 5, 5)).length, 0);
    });

    for (const prefixBytes of [5, 300, 9_000, MAX_PREFIX_BYTES]) {
      for (const size of [100, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 17]) {
        test(`${prefixBytes} bytes that are known last stand above ${size} others`, async () => {
          const prefix = Buffer.alloc(prefixBytes, 'x');
          prefix.write('X: ');
          prefix.write('\r\n', prefixBytes - 2);
          const bytes = Buffer.concat([prefix, bytesOf(size)]);
          const writer = storage.create();
          for (let at = prefixBytes; at < bytes.length; at += 65_536)
            await writer.write(Buffer.from(bytes.subarray(at, at + 65_536)));
          const staged = await writer.finish(prefix);
          await storage.commit(staged);
          assert.equal(staged.size, bytes.length);
          const rows = await chunkRows(staged.emailId);
          assert.equal(rows.length, staged.chunks);
          assert.equal(rows[0], size > CHUNK_BYTES ? CHUNK_BYTES + prefixBytes : undefined);
          assert.ok(
            (await storage.readAll(staged.emailId, 0, 5 * CHUNK_BYTES, 5 * CHUNK_BYTES)).equals(bytes),
          );
          const border = CHUNK_BYTES + prefixBytes;
          for (const start of [0, 1, prefixBytes, CHUNK_BYTES, border - 1, border, border + CHUNK_BYTES])
            for (const end of [start + 1, border, border + 1, border + CHUNK_BYTES, bytes.length]) {
              const read = await storage.readAll(staged.emailId, start, end);
              assert.ok(read.equals(bytes.subarray(start, Math.max(start, end))), `${start} to ${end}`);
            }
        });
      }
    }

    test('a prefix over its limit is refused', async () => {
      await assert.rejects(storage.create().finish(Buffer.alloc(MAX_PREFIX_BYTES + 1)), RangeError);
    });

    test('an empty message', async () => {
      const staged = await storage.create().finish();
      await storage.commit(staged);
      assert.equal((await storage.readAll(staged.emailId, 0, 10)).length, 0);
      assert.equal((await storage.readMany([staged.emailId])).get(staged.emailId)?.length, 0);
    });

    test('abort takes the chunks away', async () => {
      const writer = storage.create();
      // The first one waits for what is to stand above it, the third may be on its way.
      await writer.write(bytesOf(3 * CHUNK_BYTES + 1));
      assert.equal((await chunkRows(writer.emailId))[0], CHUNK_BYTES);
      await writer.abort();
      assert.deepEqual(await chunkRows(writer.emailId), []);
      await storage.create().abort();
    });

    test('what is not there is missing', async () => {
      const staged = await stage(bytesOf(CHUNK_BYTES + 10), CHUNK_BYTES);
      await assert.rejects(storage.readAll(staged.emailId, 0, 10), MessageMissing, 'not committed');
      await storage.commit(staged);
      await database.prepared('lose', 'delete from message_chunk where email_id = $1 and chunk_no = 1', [
        staged.emailId,
      ]);
      await storage.readAll(staged.emailId, 0, CHUNK_BYTES);
      await assert.rejects(storage.readAll(staged.emailId, 0, CHUNK_BYTES + 1), MessageMissing);
      assert.equal((await storage.structures([])).size, 0);
      assert.equal((await storage.readMany([])).size, 0);
    });

    test('bytes that changed where they lie are not handed over', async () => {
      const small = await stage(bytesOf(1_000), 100);
      const large = await stage(bytesOf(CHUNK_BYTES + 10), CHUNK_BYTES);
      for (const staged of [small, large]) await storage.commit(staged);
      const turn = (column: string) => `${column} = set_byte(${column}, 5, get_byte(${column}, 5) # 1)`;
      await database.prepared('decay', `update message set ${turn('inline')} where email_id = $1`, [
        small.emailId,
      ]);
      await database.prepared(
        'decay_chunk',
        `update message_chunk set ${turn('bytes')} where email_id = $1 and chunk_no = 1`,
        [large.emailId],
      );
      await assert.rejects(storage.readAll(small.emailId, 0, 5_000), MessageDamaged);
      assert.equal((await storage.readMany([small.emailId])).size, 0);
      await storage.readAll(large.emailId, 0, CHUNK_BYTES);
      await assert.rejects(storage.readAll(large.emailId, 0, CHUNK_BYTES + 10), MessageDamaged);
      await database.prepared('older', 'update message set crc32 = null where email_id = $1', [
        small.emailId,
      ]);
      assert.equal((await storage.readAll(small.emailId, 0, 5_000)).length, 1_000, 'of an older release');
    });

    test('readAll keeps to its limit', async () => {
      const staged = await stage(bytesOf(5 * CHUNK_BYTES), CHUNK_BYTES);
      await storage.commit(staged);
      const all = (limit?: number, end = 5 * CHUNK_BYTES) => storage.readAll(staged.emailId, 0, end, limit);
      await assert.rejects(all(), RangeError);
      await assert.rejects(all(5 * CHUNK_BYTES - 1), RangeError);
      assert.equal((await all(5 * CHUNK_BYTES)).length, 5 * CHUNK_BYTES);
      assert.equal((await all(undefined, MB)).length, MB);
      assert.equal((await all(10, 10)).length, 10);
    });

    test('50 MB pass without standing whole in memory', {
      skip: kind === 'pglite' && 'its database is memory',
    }, async () => {
      const piece = bytesOf(65_536);
      const pieces = (50 * MB) / piece.length;
      const before = await inUse();
      let peak = 0;
      let piecesRead = 0;
      const written = createHash('sha256');
      const writer = storage.create();
      for (let count = 0; count < pieces; count++) {
        piece.writeUInt32BE(count, HEADER.length);
        written.update(piece);
        await writer.write(Buffer.from(piece));
        if (count % 40 === 0) peak = Math.max(peak, (await inUse()) - before);
      }
      const staged = await writer.finish();
      await storage.commit(staged);
      assert.deepEqual([staged.size, staged.chunks], [50 * MB, (50 * MB) / CHUNK_BYTES]);
      const read = createHash('sha256');
      for await (const bytes of storage.read(staged.emailId, 0, staged.size)) {
        read.update(bytes);
        if (piecesRead++ % 10 === 0) peak = Math.max(peak, (await inUse()) - before);
      }
      assert.equal(read.digest('hex'), written.digest('hex'));
      assert.ok(peak < 10 * MB, `${Math.round(peak / MB)} MB at once`);
    });

    test('many commits at once', async () => {
      const staged = await Promise.all(
        Array.from({ length: 100 }, (_, index) => stage(bytesOf(100 + index), 50)),
      );
      await Promise.all([...staged, ...staged].map((message) => storage.commit(message)));
      const found = await storage.readMany(staged.map(({ emailId }) => emailId));
      for (const { emailId, size } of staged) assert.ok(found.get(emailId)?.equals(bytesOf(size)));
    });
  });
}

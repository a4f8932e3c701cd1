import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { startPostgres } from '../../scripts/servers/postgres.ts';
import { temporaryDirectory } from '../../scripts/servers.ts';
import { arrayOf } from '../../shared/database/array-of.ts';
import { openPGlite } from '../../shared/database/pglite.ts';
import { type Database, DatabaseUnavailable } from '../../shared/database/port.ts';
import { openPostgres } from '../../shared/database/postgres.ts';
import { rawQuery } from '../../shared/database/raw-query.ts';
import { missing, type TestDatabase, testDatabase } from '../servers.ts';

const BACK_WITHIN_MS = 15_000;

for (const kind of ['pglite', 'postgres'] as const) {
  describe(`database contract: ${kind}`, { skip: kind === 'postgres' && missing('postgres') }, () => {
    let fresh: TestDatabase | undefined;
    let database: Database;
    let domains = 0;

    before(async () => {
      fresh = kind === 'postgres' ? await testDatabase() : undefined;
      database = fresh ? await openPostgres({ url: fresh.url }) : await openPGlite(undefined);
    });
    after(async () => {
      await database?.close();
      await fresh?.drop();
    });

    const domain = (): string => `d${++domains}.test`;
    const has = async (name: string): Promise<boolean> =>
      (await database.prepared('has_domain', 'select 1 from domain where name = $1', [name])).length === 1;

    test('it says what it is', () => {
      assert.equal(database.kind, kind);
      assert.equal(database.connected, true);
    });

    test('a transaction commits what its work did and resolves to its result', async () => {
      const [one, two] = [domain(), domain()];
      const result = await database.transaction(async (trx) => {
        await trx.insertInto('domain').values({ name: one }).execute();
        await trx.executeQuery(rawQuery('insert into domain (name) values ($1)', [two]));
        const { rows } = await sql<{
          n: number;
        }>`select count(*) as n from domain where name in (${one}, ${two})`.execute(trx);
        return rows[0]?.n;
      });
      assert.equal(result, 2);
      assert.deepEqual([await has(one), await has(two)], [true, true]);
    });

    test('a transaction whose work throws leaves nothing, and passes the error on', async () => {
      const name = domain();
      const mine = new Error('mine');
      const failing = database.transaction(async (trx) => {
        await trx.insertInto('domain').values({ name }).execute();
        throw mine;
      });
      await assert.rejects(failing, (error) => error === mine);
      assert.equal(await has(name), false);
    });

    test('a statement that fails undoes its transaction; the database goes on', async () => {
      const name = domain();
      const twice = database.transaction(async (trx) => {
        await trx.insertInto('domain').values({ name }).execute();
        await trx.insertInto('domain').values({ name }).execute();
      });
      await assert.rejects(
        twice,
        (error) => !(error instanceof DatabaseUnavailable) && error instanceof Error,
      );
      assert.equal(await has(name), false);
      await assert.rejects(database.prepared('wrong', 'select nothing', []), /nothing/);
      await assert.rejects(database.prepared('nul', 'select $1::text', ['a\0b']));
      assert.equal(database.connected, true);
      assert.deepEqual(await database.prepared('right', 'select 1 as one', []), [{ one: 1 }]);
    });

    test('transactions that run at once do not mix', async () => {
      const names = Array.from({ length: 12 }, domain);
      const seen = await Promise.allSettled(
        names.map((name, index) =>
          database.transaction(async (trx) => {
            await trx.insertInto('domain').values({ name }).execute();
            await sleep(index % 3);
            const { rows } = await sql<{
              name: string;
            }>`select name from domain where name = any(${names}::text[])
              and xmin::text = pg_current_xact_id()::xid::text`.execute(trx);
            if (index % 2 === 1) throw new Error('odd');
            return rows.map((row) => row.name);
          }),
        ),
      );
      assert.deepEqual(
        seen.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.status)),
        names.map((name, index) => (index % 2 === 0 ? [name] : 'rejected')),
      );
      for (const [index, name] of names.entries()) assert.equal(await has(name), index % 2 === 0);
    });

    test('a prepared statement asked while a transaction runs is not part of it', async () => {
      const [inside, outside] = [domain(), domain()];
      let asked: Promise<unknown> | undefined;
      const failing = database.transaction(async (trx) => {
        await trx.insertInto('domain').values({ name: inside }).execute();
        asked = database.prepared('add_domain', 'insert into domain (name) values ($1)', [outside]);
        await sleep(5);
        throw new Error('undone');
      });
      await assert.rejects(failing, /undone/);
      await asked;
      assert.deepEqual([await has(inside), await has(outside)], [false, true]);
    });

    test('values go in and come out: bytes, arrays, int8, nulls, uuids, text', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const [row] = await database.prepared<Record<string, unknown>>(
        'values',
        `select $1::bytea as bytes, $2::bytea as empty, $3::bytea as none, $4::bigint as big, $5::bigint as less, $6::int as small,
           $7::boolean as yes, $8::text as text, $9::uuid as uuid, $10::text[] as words, $11::bigint[] as numbers,
           $12::uuid[] as uuids, $13::text[] as holes, $14::boolean[] as bits, octet_length($1::bytea) as length,
           count(*) as counted, sum($6::int)::bigint as summed, $15::smallint as flags, $16::text[] as nothing`,
        [
          bytes,
          Buffer.alloc(0),
          null,
          Number.MAX_SAFE_INTEGER,
          -1,
          7,
          true,
          'ü\n"\\\'{},',
          '0190a5d2c8f07abc8def0123456789ab',
          ['a', 'b,c', '"', '{}', 'NULL', '', '\\', 'ü'],
          [1, Number.MAX_SAFE_INTEGER],
          ['0190a5d2c8f07abc8def0123456789ab'],
          ['a', null],
          [true, false],
          31,
          [],
        ],
      );
      assert.ok(Buffer.isBuffer(row?.bytes) && Buffer.isBuffer(row.empty));
      assert.deepEqual(row, {
        bytes,
        empty: Buffer.alloc(0),
        none: null,
        big: Number.MAX_SAFE_INTEGER,
        less: -1,
        small: 7,
        yes: true,
        text: 'ü\n"\\\'{},',
        uuid: '0190a5d2-c8f0-7abc-8def-0123456789ab',
        words: ['a', 'b,c', '"', '{}', 'NULL', '', '\\', 'ü'],
        numbers: row.numbers,
        uuids: row.uuids,
        holes: ['a', null],
        bits: [true, false],
        length: 256,
        counted: 1,
        summed: 7,
        flags: 31,
        nothing: [],
      });
      assert.deepEqual(await database.prepared('none', 'select 1 as one where false', []), []);
    });

    test('arrays of a named type: extremes, nulls, nothing; the same inside a transaction', async () => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const max = Number.MAX_SAFE_INTEGER;
      const text = `select (select array_agg(e::text) from unnest($1::smallint[]) e) as int2,
        (select array_agg(e::text) from unnest($2::int[]) e) as int4,
        (select array_agg(e::text) from unnest($3::bigint[]) e) as int8,
        (select array_agg(e::text) from unnest($4::uuid[]) e) as uuid,
        (select array_agg(e) from unnest($5::text[]) e) as text,
        (select array_agg(encode(e, 'hex')) from unnest($6::bytea[]) e) as bytea,
        (select array_agg(e::text) from unnest($7::boolean[]) e) as bool,
        cardinality($8::bigint[]) as none`;
      const values = () => [
        arrayOf('int2', [0, -32_768, 32_767, null]),
        arrayOf('int4', [-(2 ** 31), 2 ** 31 - 1]),
        arrayOf('int8', [0, -1, 2 ** 32, -(2 ** 32) - 1, max, -max, '9223372036854775807', null]),
        arrayOf('uuid', ['0190a5d2c8f07abc8def0123456789ab', 'ffffffff-ffff-ffff-ffff-ffffffffffff', null]),
        arrayOf('text', ['', 'ü{},"\\\n', 'NULL', null]),
        arrayOf('bytea', [all, all.subarray(3, 5), new Uint8Array(0), null]),
        arrayOf('bool', [true, false, null]),
        arrayOf('int8', []),
      ];
      const expected = {
        int2: ['0', '-32768', '32767', null],
        int4: ['-2147483648', '2147483647'],
        int8: ['0', '-1', '4294967296', '-4294967297', `${max}`, `-${max}`, '9223372036854775807', null],
        uuid: ['0190a5d2-c8f0-7abc-8def-0123456789ab', 'ffffffff-ffff-ffff-ffff-ffffffffffff', null],
        text: ['', 'ü{},"\\\n', 'NULL', null],
        bytea: [all.toString('hex'), '0304', '', null],
        bool: ['true', 'false', null],
        none: 0,
      };
      for (let again = 0; again < 3; again++)
        assert.deepEqual(await database.prepared('typed_arrays', text, values()), [expected]);
      const { rows } = await database.transaction((trx) => trx.executeQuery(rawQuery(text, values())));
      assert.deepEqual(rows, [expected]);
    });

    test('a statement that failed, in its making or with these values, serves again', async () => {
      const divide = (by: number) => database.prepared('divide', 'select 12 / $1::int as n', [by]);
      await assert.rejects(divide(0), /division by zero/);
      assert.deepEqual(await divide(3), [{ n: 4 }]);
      await assert.rejects(divide(0), /division by zero/);
      assert.deepEqual(await divide(4), [{ n: 3 }]);
      const table = domain().replace('.', '_');
      const read = () => database.prepared(`read_${table}`, `select count(*) as n from ${table}`, []);
      await assert.rejects(read(), new RegExp(table));
      await sql`create table ${sql.raw(table)} (a int)`.execute(database.kysely);
      assert.deepEqual(await read(), [{ n: 0 }]);
      if (kind === 'postgres')
        await assert.rejects(database.prepared('object', 'select $1::text', [Symbol('no value')]), TypeError);
      assert.deepEqual(await read(), [{ n: 0 }]);
    });

    test('a view of a larger buffer travels as its own bytes alone', async () => {
      const view = Buffer.from('around inside around').subarray(7, 13);
      const asked = 'select $1::bytea as bytes';
      assert.deepEqual(await database.prepared('view', asked, [view]), [{ bytes: Buffer.from('inside') }]);
      const array = new Uint8Array(view.buffer, view.byteOffset, view.length);
      assert.deepEqual(await database.prepared('view', asked, [array]), [{ bytes: Buffer.from('inside') }]);
    });

    test('one name serves again and again, at once too', async () => {
      const rows = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          database.prepared<{ n: number }>('same', 'select $1::bigint * 2 as n', [n]),
        ),
      );
      assert.deepEqual(
        rows.map(([row]) => row?.n),
        Array.from({ length: 50 }, (_, n) => n * 2),
      );
    });
  });
}

describe('migration', () => {
  test('PGlite: opening a directory again keeps what is there', async () => {
    const directory = temporaryDirectory('pglite');
    try {
      const first = await openPGlite(`${directory.path}/data`);
      await first.kysely.insertInto('domain').values({ name: 'kept.test' }).execute();
      await first.close();
      await first.close();
      const second = await openPGlite(`${directory.path}/data`);
      assert.equal((await second.kysely.selectFrom('domain').selectAll().execute()).length, 1);
      await second.close();
    } finally {
      directory.remove();
    }
  });

  test('Postgres: replicas that start together', { skip: missing('postgres') }, async (t) => {
    const { url } = await testDatabase(t);
    const open = () => openPostgres({ url, connections: 2 });
    const opened = await Promise.all([open(), open(), open(), open()]);
    opened.push(await open());
    const { rows } = await sql<{ leases: number }>`select count(*) as leases from lease`.execute(
      opened[0]!.kysely,
    );
    assert.deepEqual(rows, [{ leases: 512 }], 'each migration ran once');
    await Promise.all(opened.map((database) => database.close()));
  });
});

describe('Postgres that goes away', { skip: missing('postgres') }, () => {
  test('whatever is asked meanwhile is DatabaseUnavailable; afterwards it goes on', async () => {
    const directory = temporaryDirectory('away');
    const server = await startPostgres({ directory: `${directory.path}/postgres`, fsync: false });
    const database = await openPostgres({ url: server.url });
    const ask = () => database.prepared('ask', 'select 1 as one', []);
    try {
      await database.kysely.insertInto('domain').values({ name: 'before.test' }).execute();
      const slow = database.prepared('slow', 'select pg_sleep(20)', []);
      const inside = database.transaction(async (trx) => {
        await trx.insertInto('domain').values({ name: 'never.test' }).execute();
        await server.kill('SIGKILL');
        await trx.insertInto('domain').values({ name: 'nor.test' }).execute();
      });
      await Promise.all([
        assert.rejects(slow, DatabaseUnavailable),
        assert.rejects(inside, DatabaseUnavailable),
      ]);
      await assert.rejects(ask(), DatabaseUnavailable);
      await assert.rejects(
        database.transaction(async () => assert.fail('there is no transaction')),
        DatabaseUnavailable,
      );
      await assert.rejects(openPostgres({ url: server.url }), DatabaseUnavailable);
      assert.equal(database.connected, false);

      await server.start();
      for (const deadline = Date.now() + BACK_WITHIN_MS; ; await sleep(20)) {
        const back = await ask().catch((error) => error);
        if (!(back instanceof DatabaseUnavailable)) {
          assert.deepEqual(back, [{ one: 1 }]);
          break;
        }
        assert.ok(Date.now() < deadline, 'it never comes back');
      }
      assert.equal(database.connected, true);
      const rows = await database.kysely.selectFrom('domain').select('name').execute();
      assert.deepEqual(rows, [{ name: 'before.test' }]);
      await database.transaction((trx) => trx.insertInto('domain').values({ name: 'after.test' }).execute());
    } finally {
      await database.close();
      await server.stop();
      directory.remove();
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createDirectory, type Lease } from '../../../shared/actor/directory.ts';
import { PARTITIONS } from '../../../shared/actor/partition.ts';
import { openPGlite } from '../../../shared/database/pglite.ts';
import type { Database } from '../../../shared/database/port.ts';
import { deliverLocal } from '../../../shared/spool/deliver.ts';
import type { Explored } from './model/explore.ts';
import { emptyTables, modelDatabase, recognise } from './model/store.ts';
import type { Task } from './model/worker.ts';
import type { Budget } from './model/world.ts';

/** `MODEL_PATHS=100000 node --test test/shared/actor/interleavings.test.ts` looks deeper; npm test looks near. */
const PATHS = Number(process.env.MODEL_PATHS ?? 150);

/** In a thread of its own: the test runner follows every promise, and there are millions. */
function explored(task: Task): Promise<Explored> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./model/worker.ts', import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const NOTHING_HAPPENS: Budget = { ticks: 1, hints: 1, faults: 0, expiries: 0, crashes: 0 };

describe('two owners of mailbox partitions, in all orders of their statements', () => {
  const budgets: [string, Budget][] = [
    ['one starts while the other works', NOTHING_HAPPENS],
    ['a lease runs out though its holder goes on', { ...NOTHING_HAPPENS, ticks: 2, expiries: 1 }],
    ['a reply is lost, a statement is, or one runs late', { ...NOTHING_HAPPENS, ticks: 2, faults: 1 }],
    ['one is killed, and its statements may still run', { ...NOTHING_HAPPENS, crashes: 1, expiries: 1 }],
    ['two of everything', { ticks: 2, hints: 2, faults: 2, expiries: 2, crashes: 1 }],
  ];
  for (const [title, budget] of budgets) {
    test(`${title}: the message is delivered once, by its owner, and nobody is left unserved`, async (t) => {
      const { violation, states, paths, complete } = await explored({ budget, maxPaths: PATHS });
      t.diagnostic(`${states} states on ${paths} paths${complete ? ', which are all' : ''}`);
      assert.equal(violation, undefined, JSON.stringify(violation));
      assert.ok(paths === PATHS || complete);
    });
  }

  const plants: [string, NonNullable<Task['plant']>, RegExp][] = [
    ['without the fence', ['and exists (select from fence)', ''], /delivered; the owner is/],
    ['take-over of the living', ['where r.replica_id = l.owner and r.alive', ''], /delivered; the owner is/],
    ['delivered without being settled', ['delete from spool_local s', 'select from spool_local s'], /twice/],
  ];
  for (const [title, plant, what] of plants) {
    test(`a bug planted in the SQL is found: ${title}`, async () => {
      const budget = { ...NOTHING_HAPPENS, expiries: 1 };
      const { violation } = await explored({ budget, maxPaths: 5_000, plant });
      assert.match(violation?.what ?? 'nothing', what);
    });
  }

  test('the model answers as Postgres does', async () => {
    const real = await openPGlite(undefined);
    try {
      const tables = emptyTables();
      const model = modelDatabase(async (text, parameters) => recognise(tables, text, parameters).run());
      for (const account of [1, 2]) {
        await real.prepared(
          'a',
          `insert into account (account_id, address, scram_salt, scram_iterations, scram_stored_key, scram_server_key)
           overriding system value values ($1::bigint, ($1::bigint)::text, '', 1, '', '')`,
          [account],
        );
        await real.prepared('m', "insert into mailbox values ($1, 1, 'INBOX', 1)", [account]);
      }
      for (let seed = 1; seed <= 6; seed++) await compareRun(seed, real, model, tables);
    } finally {
      await real.close();
    }
  });
});

/** The same statements on both, chosen by a small generator of our own, so that a failing seed fails again. */
async function compareRun(
  seed: number,
  real: Database,
  model: Database,
  tables: ReturnType<typeof emptyTables>,
): Promise<void> {
  let state = seed;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const sides = [real, model].map((database) => ({
    database,
    directory: createDirectory(database, 'mailbox', 3_600_000),
  }));
  const ids = ['x', 'y', 'z'].map((name) => `${name}/${seed}`);
  const claimed: Lease[] = [];
  for (let step = 0; step < 60; step++) {
    const id = ids[random(ids.length)]!;
    const dice = random(9);
    const limit = random(PARTITIONS);
    const some = claimed.filter(() => random(2) === 0);
    const account = String(1 + random(2));
    const emailId = `${random(4)}`.repeat(32);
    if (dice === 0) {
      await real.prepared(
        's',
        `insert into spool_local values (7, $1, $2, 10, '', '', 0) on conflict do nothing`,
        [account, emailId],
      );
      tables.spool.add(`7 ${account} ${emailId}`);
      continue;
    }
    if (dice === 1) {
      await real.prepared(
        'e',
        `update replica set expires_at = now() - interval '1 minute' where replica_id = $1`,
        [id],
      );
      const replica = tables.replicas.get(id);
      if (replica) replica.expired = true;
    }
    const fresh = !tables.replicas.has(id);
    const answers = [];
    for (const { database, directory } of sides) {
      if (dice === 2 && fresh) await directory.join(id, id);
      else if (dice === 3) answers.push(await directory.claim(id, limit));
      else if (dice === 4) await directory.release(id, some);
      else if (dice === 5) answers.push(await directory.renew(id, false));
      else if (dice === 6) answers.push(await directory.reap());
      else if (dice === 7) await directory.leave(id);
      else if (dice === 8)
        answers.push(
          await deliverLocal(database, { replicaId: id }, [{ partition: 7, account, emailId }], 1).then(
            (delivered) => delivered.size,
            (error: Error) => error.name,
          ),
        );
      answers.push([await directory.members(), await directory.owned(id)]);
    }
    const half = answers.length / 2;
    assert.deepEqual(answers.slice(half), answers.slice(0, half), `seed ${seed}, step ${step}, ${dice}`);
    if (dice === 3) claimed.push(...(answers[0] as Lease[]));
  }
  for (const { directory } of sides) for (const id of ids) await directory.leave(id);
}

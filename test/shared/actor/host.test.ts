import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkFence, FenceLost } from '../../../shared/actor/fence.ts';
import { type ActorHost, createActorHost } from '../../../shared/actor/host.ts';
import { PARTITIONS } from '../../../shared/actor/partition.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { missing } from '../../servers.ts';

const LEASE_MS = 900;

interface Member {
  readonly host: ActorHost;
  readonly owned: Set<number>;
  readonly events: string[];
}

/** A member with its own view of what it owns, as its callbacks told it. */
function member({ ports }: TestPorts, name: string, leaseMs = LEASE_MS): Member {
  const owned = new Set<number>();
  const events: string[] = [];
  const host = createActorHost({
    ...ports,
    kind: 'mailbox',
    name,
    leaseMs,
    acquired: (partitions) => {
      for (const partition of partitions) owned.add(partition);
    },
    released: (partitions) => {
      for (const partition of partitions) owned.delete(partition);
    },
    fenced: (partitions) => {
      events.push('fenced');
      for (const partition of partitions) owned.delete(partition);
    },
  });
  return { host, owned, events };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const sizes = (...members: Member[]): number[] =>
  members.map((each) => each.owned.size).sort((a, b) => a - b);

describe('leases', { skip: missing('postgres') }, () => {
  test('one member holds everything; those who join get their share; who leaves gives it back', async () => {
    await using test = await openTestPorts('postgres');
    const [a, b, c] = [member(test, 'a'), member(test, 'b'), member(test, 'c')];
    await a.host.start();
    assert.deepEqual(sizes(a), [PARTITIONS]);
    await b.host.start();
    await until('two share', () => sizes(a, b).join() === '128,128');
    await c.host.start();
    await until('three share', () => sizes(a, b, c).join() === '84,86,86');
    const union = new Set([...a.owned, ...b.owned, ...c.owned]);
    assert.equal(union.size, PARTITIONS, 'no partition has two owners');
    await b.host.stop();
    await until('two are left', () => sizes(a, c).join() === '128,128');
    await c.host.stop();
    await until('one is left', () => sizes(a).join() === '256');
    await a.host.stop();
    const left = await test.ports.database.kysely
      .selectFrom('lease')
      .select('owner')
      .where('owner', 'is not', null)
      .execute();
    assert.deepEqual(left, []);
  });

  test('a silent member is taken over, its epoch rises, and its commits fail', async () => {
    await using test = await openTestPorts('postgres');
    const { database } = test.ports;
    // A long lease makes `a` look around once a second: time enough to take it over behind its back.
    const [a, b] = [member(test, 'a', 6 * LEASE_MS), member(test, 'b')];
    await a.host.start();
    const epochs = await database.kysely
      .selectFrom('lease')
      .select('epoch')
      .where('kind', '=', 'mailbox')
      .execute();
    const fence = a.host.fence();
    // Its own announcement makes it look around once more.
    await new Promise((resolve) => setTimeout(resolve, 300));
    // As if `a` had been stopped long ago: its row ran out, it knows nothing of it.
    await database.kysely
      .updateTable('replica')
      .set({ expires_at: new Date(Date.now() - 60_000) })
      .where('replica_id', '=', fence.replicaId)
      .execute();
    await b.host.start();
    await assert.rejects(
      database.transaction((trx) => checkFence(trx, fence)),
      FenceLost,
    );
    await until('a found out and joined anew', () => a.events.includes('fenced'));
    await until('both share again', () => sizes(a, b).join() === '128,128');
    assert.notEqual(a.host.fence().replicaId, fence.replicaId);
    await database.transaction((trx) => checkFence(trx, a.host.fence()));
    const after = await database.kysely
      .selectFrom('lease')
      .select('epoch')
      .where('kind', '=', 'mailbox')
      .execute();
    assert.ok(Math.min(...after.map((row) => row.epoch)) > Math.min(...epochs.map((row) => row.epoch)));
    await a.host.stop();
    await b.host.stop();
  });

  test("a partition that is a member's in the books alone, as after a lost reply, finds an owner again", async () => {
    await using test = await openTestPorts('postgres');
    const [a, b] = [member(test, 'a'), member(test, 'b')];
    await a.host.start();
    await b.host.start();
    await until('two share', () => sizes(a, b).join() === '128,128');
    const moved = [...b.owned].slice(0, 3);
    await test.ports.database.kysely
      .updateTable('lease')
      .set((lease) => ({ owner: a.host.fence().replicaId, epoch: lease('epoch', '+', 1) }))
      .where('kind', '=', 'mailbox')
      .where('partition', 'in', moved)
      .execute();
    await until('b finds out', () => b.events.includes('fenced'));
    await until('all are served again', () => sizes(a, b).join() === '128,128');
    assert.equal(new Set([...a.owned, ...b.owned]).size, PARTITIONS);
    await a.host.stop();
    await b.host.stop();
  });

  test('a take-over waits for the commit under way, and no later commit passes', async () => {
    await using test = await openTestPorts('postgres');
    const { database } = test.ports;
    const [a, b] = [member(test, 'a'), member(test, 'b')];
    await a.host.start();
    const fence = a.host.fence();
    let finish = (): void => undefined;
    let checked = (): void => undefined;
    const isChecked = new Promise<void>((resolve) => {
      checked = resolve;
    });
    const commit = database.transaction(async (trx) => {
      await checkFence(trx, fence);
      checked();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    await isChecked;
    let dead = false;
    const declared = database
      .prepared('test_reap', 'update replica set alive = false where replica_id = $1', [fence.replicaId])
      .then(() => {
        dead = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(dead, false, 'the commit under way holds the take-over back');
    finish();
    await commit;
    await declared;
    await assert.rejects(
      database.transaction((trx) => checkFence(trx, fence)),
      FenceLost,
    );
    await a.host.stop();
    await b.host.stop();
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Mirror } from './mirror.ts';
import { openWorld, type World } from './world.ts';

const ROUNDS = 25;
const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', '$one'];

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** A client that went away with this, and comes back later. */
interface Snapshot {
  readonly uidValidity: number;
  readonly modSeq: number;
  readonly flags: ReadonlyMap<number, string>;
}

describe('imap-gateway: random histories over several connections, on two gateways', () => {
  let world: World;
  before(async () => {
    world = await openWorld({}, 'postgres');
  });
  after(() => world?.stop());

  async function open(address: string): Promise<Mirror[]> {
    const kinds = [
      ['rev1', 0, ''],
      ['rev1 elsewhere', 1, ''],
      ['rev2', 1, 'ENABLE IMAP4rev2 CONDSTORE'],
      ['qresync', 0, 'ENABLE QRESYNC'],
      ['uidonly', 1, 'ENABLE UIDONLY QRESYNC'],
      ['listening', 1, 'NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange))'],
    ] as const;
    return Promise.all(
      kinds.map(async ([name, gateway, enable]) => {
        const client = await world.logIn(address, gateway);
        if (enable !== '') await client.ok(enable);
        const mirror = new Mirror(name, client, name === 'uidonly');
        await mirror.select();
        return mirror;
      }),
    );
  }

  function step(mirror: Mirror, random: (below: number) => number): Promise<unknown> {
    const { uids } = mirror;
    const uid = uids[random(Math.max(1, uids.length))] ?? 1;
    const at = 1 + random(Math.max(1, mirror.count));
    const flag = FLAGS[random(FLAGS.length)]!;
    const sign = random(3) === 0 ? '-' : '+';
    const commands = [
      'NOOP',
      `UID STORE ${uid} ${sign}FLAGS (${flag})`,
      `UID STORE ${uid} ${sign}FLAGS.SILENT (${flag})`,
      'UID FETCH 1:* FLAGS',
      'EXPUNGE',
      `UID EXPUNGE ${uid}`,
      `UID COPY ${uid} INBOX`,
      `UID MOVE ${uid} INBOX`,
      'APPEND INBOX {6+}\r\nA: b\r\n',
      'UID SEARCH ALL',
      `UID STORE ${uid} (UNCHANGEDSINCE ${mirror.highestModSeq}) +FLAGS (\\Answered)`,
      `STORE ${at} ${sign}FLAGS (${flag})`,
      `FETCH ${at} (UID FLAGS)`,
      'SEARCH SEEN',
    ];
    const choice = random(mirror.uidOnly ? commands.length : commands.length + 2);
    if (choice >= commands.length) return choice === commands.length ? mirror.idle(5) : mirror.select();
    const command = commands[choice]!;
    const numbered = /^(STORE|FETCH|SEARCH)/.test(command);
    if (numbered && (mirror.uidOnly || mirror.count === 0)) return mirror.run('NOOP');
    return mirror.run(command);
  }

  const resynced = async (
    address: string,
    snapshot: Snapshot,
    known: boolean,
  ): Promise<Map<number, string>> => {
    const client = await world.logIn(address, 0);
    await client.ok('ENABLE QRESYNC');
    const uids = known && snapshot.flags.size > 0 ? ` ${[...snapshot.flags.keys()].join(',')}` : '';
    const parameters = ` (QRESYNC (${snapshot.uidValidity} ${snapshot.modSeq}${uids}))`;
    const lines = [...(await client.ok(`SELECT INBOX${parameters}`))];
    if (known) {
      const from = 1 + Math.max(0, ...snapshot.flags.keys());
      lines.push(...(await client.ok(`UID FETCH ${from}:* FLAGS`)));
    }
    await client.close();
    const flags = new Map(snapshot.flags);
    for (const line of lines) {
      const gone = /^\* VANISHED \(EARLIER\) (.*)$/.exec(line)?.[1];
      for (const part of gone?.split(',') ?? []) {
        const [low, high = low] = part.split(':').map(Number);
        for (const uid of flags.keys()) if (uid >= low! && uid <= high!) flags.delete(uid);
      }
      const fetched = /FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line);
      if (fetched !== null) flags.set(Number(fetched[1]), withoutRecent(fetched[2]!));
    }
    return flags;
  };

  for (const seed of [1, 20, 300]) {
    test(`seed ${seed}: all end with the same view, and whoever was away catches up`, async () => {
      const random = generator(seed);
      const messages = Array.from({ length: 6 }, (_, at) => `Subject: m${at}\r\n\r\n`);
      const address = await world.account(...messages);
      const mirrors = await open(address);
      const snapshots: Snapshot[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all(mirrors.map((mirror) => step(mirror, random)));
        if (round % 6 === 5) await world.add(address, `Subject: r${round}\r\n\r\n`);
        const away = mirrors[3]!;
        if (round % 8 === 7) {
          await away.run('NOOP');
          await away.run('UID FETCH 1:* FLAGS');
          const { uidValidity, highestModSeq: modSeq } = away;
          const flags = new Map(away.messages.map((message) => [message.uid!, message.flags!]));
          snapshots.push({ uidValidity, modSeq, flags });
        }
      }
      const truth = await viewOf(address);
      for (const mirror of mirrors) {
        await mirror.run('NOOP');
        const told = new Map(mirror.messages.map((message) => [message.uid, message.flags]));
        for (const [uid, flags] of told)
          if (uid !== undefined && flags !== undefined)
            assert.equal(flags, truth.get(uid), `${mirror.name}: flags of ${uid}`);
        await mirror.run('UID FETCH 1:* FLAGS');
        const seen = new Map(mirror.messages.map((message) => [message.uid!, message.flags!]));
        assert.deepEqual(seen, truth, mirror.name);
        assert.equal(mirror.count, truth.size, mirror.name);
      }
      const recent = [mirrors[0]!, mirrors[1]!, mirrors[3]!, mirrors[4]!].flatMap(({ recent }) => [
        ...recent,
      ]);
      assert.equal(new Set(recent).size, recent.length, 'a message was \\Recent in two sessions');
      assert.ok(snapshots.length > 0);
      const id = await world.accountId(address);
      for (const cut of [false, true]) {
        if (cut)
          await world.ports.database.prepared(
            'test_cut_journal',
            'update account set journal_from = mod_seq where account_id = $1',
            [id],
          );
        for (const snapshot of snapshots)
          for (const known of [false, true])
            assert.deepEqual(
              sorted(await resynced(address, snapshot, known)),
              truth,
              `from ${snapshot.modSeq}`,
            );
      }
      await Promise.all(mirrors.map(({ client }) => client.close()));
    });
  }

  /** What a client sees that comes new. */
  async function viewOf(address: string): Promise<Map<number, string>> {
    const client = await world.logIn(address, 1);
    await client.ok('EXAMINE INBOX');
    await client.ok('NOOP');
    const lines = await client.ok('UID FETCH 1:* FLAGS');
    await client.close();
    return new Map(
      lines.flatMap((line) => {
        const [, uid, flags] = /FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line) ?? [];
        return uid === undefined ? [] : [[Number(uid), withoutRecent(flags!)] as const];
      }),
    );
  }
});

function withoutRecent(flags: string): string {
  return flags
    .split(' ')
    .filter((flag) => flag !== '' && flag !== '\\Recent')
    .sort()
    .join(' ');
}

function sorted(flags: Map<number, string>): Map<number, string> {
  return new Map([...flags].sort(([one], [other]) => one - other));
}

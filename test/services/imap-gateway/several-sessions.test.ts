import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Flag } from '../../../shared/mailbox/types.ts';
import type { ImapClient } from './imap-client.ts';
import { openWorld, type World } from './world.ts';

const message = (subject: string): string => `Subject: ${subject}\r\n\r\n`;

/** Asks again until something is told: what another session did reaches this one by a hint, in no fixed time. */
async function noopUntil(client: ImapClient, wanted: string): Promise<string[]> {
  const told: string[] = [];
  for (let round = 0; round < 200; round += 1) {
    told.push(...(await client.ok('NOOP')));
    if (told.includes(wanted)) return told;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`${wanted} was not told, but: ${told.join(' | ')}`);
}

describe('imap-gateway: several sessions on one mailbox, on two gateways', () => {
  let world: World;
  before(async () => {
    world = await openWorld({ idleKeepaliveMs: 50 }, 'postgres');
  });
  after(() => world?.stop());

  async function pair(...messages: string[]): Promise<[ImapClient, ImapClient, string]> {
    const address = await world.account(...messages);
    const one = await world.logIn(address, 0);
    const two = await world.logIn(address, 1);
    await one.ok('SELECT INBOX');
    await two.ok('SELECT INBOX');
    return [one, two, address];
  }

  test('flags, new messages and expunges are told', async () => {
    const [one, two, address] = await pair(message('a'), message('b'), message('c'));
    await one.ok('STORE 2 +FLAGS (\\Flagged $x)');
    assert.deepEqual((await two.ok('NOOP')).slice(-1), ['* 2 FETCH (UID 2 FLAGS (\\Flagged $x))']);
    await one.ok('STORE 1:2 +FLAGS.SILENT (\\Deleted)');
    await one.ok('EXPUNGE');
    await world.add(address, message('d'));
    assert.deepEqual(await two.ok('NOOP'), ['* 1 EXPUNGE', '* 1 EXPUNGE', '* 2 EXISTS', '* 1 RECENT']);
    assert.deepEqual(await two.ok('UID FETCH 1:* UID'), ['* 1 FETCH (UID 3)', '* 2 FETCH (UID 4)']);
    assert.ok((await one.ok('NOOP')).includes('* 2 EXISTS'));
    assert.deepEqual(await one.ok('NOOP'), []);
  });

  test('an expunge is held back from FETCH, STORE and SEARCH, and told to the commands that name no numbers', async () => {
    const [one, two] = await pair(message('a'), message('b'), message('c'));
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await one.ok('EXPUNGE');
    const answers = [];
    for (const command of [
      'FETCH 1:3 UID',
      'SEARCH ALL',
      'STORE 2 +FLAGS.SILENT (\\Seen)',
      'FETCH 3 FLAGS',
    ]) {
      answers.push(await two.command(command));
    }
    for (const { untagged } of answers) {
      assert.ok(!untagged.some((line) => line.endsWith('EXPUNGE')), untagged.join());
    }
    assert.equal(answers[0]!.untagged.at(0), '* 1 FETCH (UID 1)');
    assert.deepEqual(await two.ok('UID FETCH 2 UID'), ['* 2 FETCH (UID 2)', '* 1 EXPUNGE']);
    assert.deepEqual(await two.ok('FETCH 1 UID'), ['* 1 FETCH (UID 2)']);
  });

  test('bytes of a message that is gone are refused, those of others come', async () => {
    const [one, two] = await pair(message('a'), message('b'));
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await one.ok('EXPUNGE');
    const fetched = await two.command('FETCH 1:2 RFC822.SIZE');
    assert.deepEqual(fetched.untagged, [`* 2 FETCH (RFC822.SIZE ${message('b').length})`]);
    assert.match(fetched.tagged, /^NO \[EXPUNGEISSUED\]/);
  });

  test('COPY and MOVE by number copy nothing when a message is gone; by UID they take the others', async () => {
    const [one, two] = await pair(...['a', 'b', 'c', 'd'].map(message));
    await one.ok('CREATE box');
    await one.ok('STORE 1,3 +FLAGS.SILENT (\\Deleted)');
    await one.ok('EXPUNGE');
    // Not in the session's view yet, so that the actor finds it out; afterwards in the view, but not told.
    for (const command of ['COPY 1 box', 'COPY 1:2 box', 'MOVE 2:3 box']) {
      assert.match(await two.tagged(command), /^NO \[EXPUNGEISSUED\]/, command);
    }
    await two.ok('FETCH 1:4 UID');
    for (const command of ['COPY 1 box', 'COPY 1:2 box', 'MOVE 2:3 box']) {
      assert.match(await two.tagged(command), /^NO \[EXPUNGEISSUED\]/, command);
    }
    assert.deepEqual(await one.ok('STATUS box (MESSAGES UIDNEXT)'), ['* STATUS box (MESSAGES 0 UIDNEXT 1)']);
    assert.match(await two.tagged('UID COPY 1:2 box'), /^OK \[COPYUID \d+ 2 1\]/);
    assert.match(await two.tagged('UID COPY 3 box'), /^OK COPY completed/);
    const moved = await two.command('UID MOVE 1:4 box');
    assert.match(moved.tagged, /^OK MOVE completed/);
    assert.match(moved.untagged[0]!, /COPYUID \d+ 2,4 2:3\]/);
  });

  test('a message is \\Recent in one session only', async () => {
    const [one, two, address] = await pair();
    await world.add(address, message('a'));
    const told = await noopUntil(one, '* 1 EXISTS');
    assert.ok(told.includes('* 1 RECENT'));
    const other = await noopUntil(two, '* 1 EXISTS');
    assert.ok(other.includes('* 0 RECENT'));
    assert.deepEqual(await two.ok('SEARCH RECENT'), ['* SEARCH']);
  });

  test('IDLE tells at once', async () => {
    const [one, two, address] = await pair(message('a'));
    two.send('i IDLE\r\n');
    assert.equal(await two.response(), '+ idling');
    const next = async (): Promise<string> => {
      for (;;) {
        const response = await two.response();
        if (response !== '* OK Still here') return response;
      }
    };
    await world.add(address, message('b'));
    assert.equal(await next(), '* 2 EXISTS');
    assert.match(await next(), /^\* \d RECENT$/);
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    assert.equal(await next(), '* 1 FETCH (UID 1 FLAGS (\\Deleted))');
    await one.ok('EXPUNGE');
    assert.equal(await next(), '* 1 EXPUNGE');
    while ((await two.response()) !== '* OK Still here');
    two.send('DONE\r\n');
    assert.equal(await next(), 'i OK IDLE completed');
  });

  test('what happens in another mailbox is asked about once', async () => {
    const [one, two, address] = await pair(message('a'));
    await one.ok('CREATE elsewhere');
    two.send('i IDLE\r\n');
    while (!(await two.response()).startsWith('* OK Still'));
    world.asked.splice(0);
    await world.add(address, message('b'), 'elsewhere');
    for (let keepalives = 0; keepalives < 4; )
      if ((await two.response()).startsWith('* OK Still')) keepalives += 1;
    const asked = world.asked.filter((verb) => verb === 'changes').length;
    assert.ok(asked <= 2, `${asked} times`);
    two.send('DONE\r\n');
    await two.until('i');
    world.asked.splice(0);
    await two.ok('UID SEARCH ALL');
    assert.deepEqual(world.asked, []);
  });

  test('IDLE and DONE in one packet, and without a mailbox', async () => {
    const client = await world.logIn(await world.account());
    client.send('a IDLE\r\nDONE\r\nb NOOP\r\n');
    assert.equal((await client.until('b')).tagged, '+ idling');
    const rest = await client.until('b');
    assert.deepEqual(
      rest.untagged.filter((line) => !line.includes('Still here')),
      ['a OK IDLE completed'],
    );
    client.send('c IDLE\r\nd NOOP\r\n');
    assert.equal(await client.response(), '+ idling');
    assert.match((await client.until('c')).tagged, /^BAD Expected DONE/);
  });

  test('a mailbox that is deleted under a session ends it', async () => {
    const address = await world.account();
    const one = await world.logIn(address, 0);
    const two = await world.logIn(address, 1);
    await one.ok('CREATE box');
    await two.ok('SELECT box');
    await one.ok('DELETE box');
    const { untagged, tagged } = await two.command('NOOP');
    const all = [...untagged, tagged, await two.response()].join('\n');
    assert.match(all, /\* BYE The selected mailbox was deleted/);
  });

  test('whatever several sessions do, they end with the same view, and none was told of a wrong number', async () => {
    const [one, two, address] = await pair(...Array.from({ length: 12 }, (_, at) => message(`m${at}`)));
    const three = await world.logIn(address, 1);
    await three.ok('SELECT INBOX');
    const mirrors = [new Mirror(one, 12), new Mirror(two, 12), new Mirror(three, 12)] as const;
    let state = 11;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 25; round += 1) {
      await Promise.all(
        mirrors.map(async (mirror) => {
          const at = 1 + random(Math.max(1, mirror.count));
          const command = [
            'NOOP',
            `STORE ${at} +FLAGS (\\Deleted)`,
            `STORE ${at} -FLAGS (\\Deleted)`,
            'EXPUNGE',
            'UID SEARCH ALL',
            `FETCH ${at} (UID FLAGS)`,
          ][random(6)]!;
          if (mirror.count > 0 || /^(NOOP|UID|EX)/.test(command)) await mirror.run(command);
        }),
      );
      if (round % 4 === 0) await world.add(address, message(`n${round}`));
    }
    const views: string[] = [];
    for (const mirror of mirrors) {
      await mirror.run('NOOP');
      const lines = await mirror.run('UID FETCH 1:* (FLAGS)');
      views.push(lines.join('\n').replaceAll(/ ?\\Recent/g, ''));
      assert.equal(lines.length, mirror.count);
    }
    assert.equal(views[0], views[1]);
    assert.equal(views[1], views[2]);
  });

  test('a session that fell behind the journal compares its view with the mailbox', async () => {
    const [one, two, address] = await pair(message('a'), message('b'), message('c'));
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await one.ok('STORE 3 +FLAGS.SILENT (\\Flagged)');
    await one.ok('EXPUNGE');
    await world.add(address, message('d'));
    let refused = 0;
    world.before = (verb) => {
      if (verb !== 'changes' || refused > 0) return undefined;
      refused += 1;
      return { refused: 'too-old', text: 'too long ago' };
    };
    assert.deepEqual(await two.ok('NOOP'), [
      '* 1 EXPUNGE',
      '* 3 EXISTS',
      '* 0 RECENT',
      '* 2 FETCH (UID 3 FLAGS (\\Flagged))',
    ]);
    assert.equal(refused, 1);
    world.before = () => undefined;
  });

  test('a lost hint costs nothing but time', async () => {
    const [, two, address] = await pair(message('a'));
    const account = await world.accountId(address);
    const inbox = await world.ports.mailboxes.ask('status', { account, name: 'INBOX' });
    assert.ok('mailboxId' in inbox);
    await world.ports.mailboxes.ask('store', {
      account,
      mailboxId: inbox.mailboxId,
      uids: '1',
      mode: 'add',
      flags: { system: Flag.Draft, keywords: [] },
    });
    assert.deepEqual(await two.ok('CHECK'), ['* 1 FETCH (UID 1 FLAGS (\\Draft))']);
  });

  test('clients that all come back through another gateway reach the same view, and the mailbox is read once', async () => {
    const address = await world.account(...['a', 'b', 'c'].map(message));
    const accountId = await world.accountId(address);
    const returning = 40;
    const open = async (gateway: 0 | 1): Promise<[ImapClient, readonly string[]]> => {
      const client = await world.logIn(address, gateway);
      await client.ok('ENABLE QRESYNC');
      const told = await client.ok('SELECT INBOX');
      client.send('i IDLE\r\n');
      assert.equal(await client.response(), '+ idling');
      return [client, told.filter((line) => !/RECENT|OK \[/.test(line) || /HIGHEST|UIDNEXT/.test(line))];
    };
    const first = await Promise.all(Array.from({ length: returning }, () => open(0)));
    // What each is in the middle of is in the session store, whichever gateway looks.
    for (let round = 0; ; round += 1) {
      const records = await world.ports.sessions.list({ accountId, limit: 100 });
      const states = records.map(({ state }) => state as { mailbox?: { uids: string }; enabled: string[] });
      if (states.length === returning && states.every(({ mailbox }) => mailbox?.uids === '1:3')) {
        assert.ok(states.every(({ enabled }) => enabled.includes('QRESYNC')));
        break;
      }
      assert.ok(round < 200, JSON.stringify(states));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const [client] of first) client.socket.destroy();
    world.asked.splice(0);
    const statements = countStatements(world);
    const second = await Promise.all(Array.from({ length: returning }, () => open(1)));
    const counted = statements.stop();
    for (const [, told] of second) assert.deepEqual(told, first[0]![1]);
    const asked = world.asked.splice(0);
    // One SELECT with its snapshot, and one look for changes each time some begin to idle; not one a client.
    assert.ok(asked.length <= 10, `asked of the actor: ${asked.join()}`);
    assert.ok(counted.length <= 25, `${counted.length} statements: ${counted.join()}`);
    await world.add(address, message('d'));
    for (const [client] of second) {
      let line = await client.response();
      while (!line.endsWith('EXISTS')) line = await client.response();
      assert.equal(line, '* 4 EXISTS');
    }
    await Promise.all(second.map(([client]) => client.close()));
  });
});

/** The names of the statements that reach the database until it is stopped. */
function countStatements({ ports: { database } }: World): { stop(): string[] } {
  const names: string[] = [];
  const { prepared, transaction } = database;
  Object.assign(database, {
    prepared: (name: string, text: string, parameters: readonly unknown[]) => {
      names.push(name);
      return prepared.call(database, name, text, parameters);
    },
    transaction: (work: never) => {
      names.push('transaction');
      return transaction.call(database, work);
    },
  });
  return {
    stop: () => {
      Object.assign(database, { prepared, transaction });
      return names;
    },
  };
}

/** Counts along with what is told, as a client does, and objects to what cannot be. */
class Mirror {
  readonly #client: ImapClient;
  count: number;

  constructor(client: ImapClient, count: number) {
    this.#client = client;
    this.count = count;
  }

  async run(command: string): Promise<readonly string[]> {
    const { untagged, tagged } = await this.#client.command(command);
    assert.match(tagged, /^(OK|NO \[EXPUNGEISSUED\])/, `${command} → ${tagged}`);
    for (const line of untagged) {
      const [, number, word] = /^\* (\d+) (\w+)/.exec(line) ?? [];
      const value = Number(number);
      if (word === 'EXISTS') {
        assert.ok(value >= this.count, `${line} with ${this.count}`);
        this.count = value;
      } else if (word === 'EXPUNGE') {
        assert.ok(!/^(FETCH|STORE|SEARCH)/.test(command), `${line} in ${command}`);
        assert.ok(value >= 1 && value <= this.count, `${line} with ${this.count}`);
        this.count -= 1;
      } else if (word === 'FETCH') assert.ok(value >= 1 && value <= this.count, `${line} with ${this.count}`);
    }
    return untagged.filter((line) => / FETCH \(UID/.test(line));
  }
}

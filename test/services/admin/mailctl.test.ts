import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { partitionOf } from '../../../shared/actor/partition.ts';
import { gatewayKick, spoolRemote } from '../../../shared/bus/subjects.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import { storeReports } from '../../../shared/reports/store-reports.ts';
import { noteBlock } from '../../../shared/spool/routes/sources.ts';
import { onBothDatabases } from '../../shared/account/databases.ts';
import { mailctl, startAdmin } from './cluster.ts';

onBothDatabases('mailctl', (db) => {
  let admin: Awaited<ReturnType<typeof startAdmin>>;
  before(async () => {
    admin = await startAdmin(db());
    await run('domain add example.test');
    await run('account add alice@example.test', 'secret\n');
  });
  after(() => admin.stop());

  const run = (line: string, input?: string) => mailctl(admin.url, line, input);
  async function good(line: string, input?: string): Promise<string> {
    const ran = await run(line, input);
    assert.deepEqual([ran.status, ran.err], [0, ''], `${line}: ${ran.err}`);
    return ran.out;
  }
  const json = async (line: string, input?: string) => JSON.parse(await good(`${line} --json`, input));

  test('domains come, are shown and go', async () => {
    assert.equal(await good('domain add Zebra.test'), 'added the domain zebra.test\n');
    assert.match(await good('domain list'), /^DOMAIN +SINCE\nexample\.test +\d{4}-[^\n]+Z\nzebra\.test +/);
    assert.deepEqual(
      (await json('domain list')).map(({ name }: { name: string }) => name),
      ['example.test', 'zebra.test'],
    );
    assert.equal(await good('domain delete zebra.test'), 'deleted the domain zebra.test\n');
  });

  test('reports that others sent: listed, shown', async () => {
    const row = { source: '192.0.2.1', count: 3, failed: true, what: 'reject (dkim fail, spf fail)' };
    await db().transaction((trx) =>
      storeReports(
        trx,
        [
          {
            kind: 'dmarc',
            domain: 'example.test',
            reporter: 'Big',
            externalId: 'r1',
            beginsAt: 1_700_000_000_000,
            endsAt: 1_700_086_399_000,
            total: 15,
            failed: 3,
            content: { policy: 'p=reject', rows: [{ ...row, count: 12, failed: false }, row], cut: false },
          },
        ],
        Date.now(),
      ),
    );
    assert.match(
      await good('reports list'),
      /^REPORT +KIND +DOMAIN +BY +FROM +TO +TOTAL +FAILED\n(\d+) +dmarc +example\.test +Big +2023-11-14 22:13:20Z +\S+ \S+ +15 +3\n$/,
    );
    assert.deepEqual(await json('reports list other.test'), []);
    const [{ reportId }] = await json('reports list example.test --kind dmarc');
    const shown = (await good(`reports show ${reportId}`)).split('\n');
    assert.equal(shown[0], 'dmarc report r1 by Big about example.test');
    assert.match(shown[4]!, /^192\.0\.2\.1 +3 +failed +reject/);
    assert.deepEqual((await json(`reports show ${reportId}`)).content.rows[1], row);
    assert.match((await run('reports show 99')).err, /^mailctl: there is no report 99/);
  });

  test('DKIM keys: made, signed by, replaced, retired, forgotten', async () => {
    await good('domain add signed.test');
    assert.deepEqual(await json('domain dkim show signed.test'), []);
    const records = (await good('domain dkim create signed.test')).split('\n');
    assert.match(
      records[0]!,
      /^e\d{8}\._domainkey\.signed\.test\. IN TXT "v=DKIM1; k=ed25519; p=[\w+/]{43}="$/,
    );
    assert.match(
      records[1]!,
      /^r\d{8}\._domainkey\.signed\.test\. IN TXT "v=DKIM1; k=rsa; p=[\w+/]{237}" "[\w+/]+=*"$/,
    );
    const states = (keys: { selector: string; state: string }[]) =>
      keys.map(({ selector, state }) => `${selector.slice(0, 1)}${selector.slice(9)} ${state}`);
    assert.deepEqual(states(await json('domain dkim show signed.test')), ['e published', 'r published']);
    assert.deepEqual(states(await json('domain dkim rotate signed.test')), ['e signing', 'r signing']);
    assert.match(
      (await run('domain dkim rotate signed.test')).err,
      /^mailctl: signed\.test has no key that waits/,
    );
    await good('domain dkim create signed.test --algorithm rsa');
    const keys = await json('domain dkim rotate signed.test');
    assert.deepEqual(states(keys), ['e signing', 'r retired', 'r-2 signing']);
    assert.doesNotMatch(JSON.stringify(keys), /private/i);
    const retire = async (at: number) =>
      states(await json(`domain dkim retire signed.test ${keys[at].selector}`));
    assert.deepEqual(await retire(0), ['e retired', 'r retired', 'r-2 signing']);
    assert.deepEqual(await retire(1), ['e retired', 'r-2 signing'], 'what was retired is forgotten');
    assert.match(
      (await run('domain dkim create nowhere.test')).err,
      /^mailctl: there is no domain nowhere\.test/,
    );
    await good('domain delete signed.test');
    await good('domain add signed.test');
    assert.deepEqual(await json('domain dkim show signed.test'), [], 'keys go with the domain');
    await good('domain delete signed.test');
  });

  test('an account: made, shown, limited, closed, opened, deleted', async () => {
    assert.equal(
      await good('account add bob@example.test --quota 2G', 'pass word\n'),
      'added the account bob@example.test (quota: 2.0 GB, messages: unlimited)\n',
    );
    const logsIn = (password: string) => admin.ports.accounts.authenticate('bob@example.test', password);
    assert.ok(await logsIn('pass word'));
    assert.equal(
      await good('account list'),
      [
        'ACCOUNT             STATE    MESSAGES  SIZE  QUOTA      MESSAGE QUOTA',
        'alice@example.test  enabled         0  0 B   unlimited  unlimited',
        'bob@example.test    enabled         0  0 B   2.0 GB     unlimited',
        '',
      ].join('\n'),
    );
    await good('account quota bob@example.test 10M --messages 5');
    const [, bob] = await json('account list example.test');
    assert.deepEqual([bob.quotaBytes, bob.quotaMessages], [10_485_760, 5]);
    await good('account password bob@example.test', 'other');
    assert.deepEqual(
      [await logsIn('pass word'), (await logsIn('other'))?.address],
      [undefined, 'bob@example.test'],
    );
    await good('account disable bob@example.test');
    assert.equal(await logsIn('other'), undefined);
    await good('account enable bob@example.test');
    assert.ok(await logsIn('other'));
    await good('account delete bob@example.test');
    assert.equal((await json('account list')).length, 1);
    assert.deepEqual(await json('account list nowhere.test'), []);
  });

  test('accounts from CSV: each line on its own', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'cartero-csv-'));
    t.after(() => rm(directory, { recursive: true }));
    const file = join(directory, 'accounts.csv');
    await writeFile(
      file,
      '\ufeffAddress,password,quota\r\ncarl@example.test,"a,b""c",5M\r\nalice@example.test,x,\r\n\r\ndora@example.test,y,unlimited\r\neve@nowhere.test,z,\r\n',
    );
    const ran = await run(`account import ${file}`);
    assert.equal(ran.status, 1);
    assert.equal(ran.out, 'added 2 accounts, refused 2\n');
    assert.deepEqual(ran.err.split('\n'), [
      'mailctl: line 3: the account alice@example.test exists already',
      'mailctl: line 6: the domain nowhere.test is not one of ours',
      '',
    ]);
    assert.ok(await admin.ports.accounts.authenticate('carl@example.test', 'a,b"c'));
    await good('domain add many.test');
    const many = Array.from({ length: 150 }, (_, index) => `many${index}@many.test,p${index}`);
    const result = await json('account import -', `address,password\n${many.join('\n')}\n`);
    assert.deepEqual([result.added, result.refused, result.results[149].line], [150, 0, 151]);
    assert.ok(!JSON.stringify(result).includes('p149'));
    assert.equal((await json('account list many.test')).length, 150);
    for (const address of ['carl', 'dora']) await good(`account delete ${address}@example.test`);
  });

  test('a CSV that cannot be read makes no account and shows no password', async () => {
    const table: [string, RegExp][] = [
      ['mallory@example.test,hunter2\n', /^mailctl: the first line names the columns: address,password/],
      ['address,password\na@example.test,"x\n', /^mailctl: the CSV cannot be read: /],
      ['address,password\na@example.test,x,y\n', /^mailctl: the CSV cannot be read: /],
      ['address,password,quota\na@example.test,x,much\n', /^mailctl: line 2: quota 'much': It is a size/],
    ];
    for (const [csv, expected] of table) {
      const ran = await run('account import -', csv);
      assert.deepEqual([ran.status, ran.out], [1, '']);
      assert.match(ran.err, expected);
      assert.match(ran.err, /^[^\n]+\n$/);
      assert.doesNotMatch(ran.err, /hunter2/);
    }
    assert.match(
      (await run('account import /no/such.csv')).err,
      /cannot read \/no\/such\.csv: there is no such file/,
    );
    assert.equal((await json('account list example.test')).length, 1);
  });

  test('aliases lead to one or many, ours or remote, and catch all', async () => {
    assert.equal(
      await good('alias add team@example.test alice@example.test Zoe@Remote.test'),
      'team@example.test leads to Zoe@remote.test, alice@example.test\n',
    );
    await good('alias add @example.test alice@example.test');
    assert.equal(
      await good('alias list'),
      [
        'ALIAS              LEADS TO',
        '@example.test      alice@example.test',
        'team@example.test  Zoe@remote.test',
        '                   alice@example.test',
        '',
      ]
        .join('\n')
        .replace(/ +$/gm, ''),
    );
    assert.equal(
      await good('alias delete team@example.test zoe@remote.test').catch(() => 'refused'),
      'refused',
      'a remote local part has its case',
    );
    assert.equal(
      await good('alias owner team@example.test Alice@example.test'),
      'team@example.test is a mailing list of alice@example.test\n',
    );
    assert.match(
      await good('alias list'),
      /LEADS TO +LIST OF\n[\s\S]*team@\S+ +Zoe@remote\.test +alice@example\.test\n/,
    );
    assert.equal((await run('alias owner nobody@example.test alice@example.test')).status, 1);
    assert.equal(await good('alias owner team@example.test'), 'team@example.test is no mailing list\n');
    await good('alias owner team@example.test alice@example.test');
    await good('alias delete team@example.test Zoe@remote.test');
    await good('alias delete team@example.test');
    await good('alias delete @example.test');
    assert.deepEqual(await json('alias list example.test'), []);
    await good('alias add team@example.test alice@example.test');
    assert.equal((await json('alias list example.test'))[0].owner, null, 'a new alias is no list of before');
    await good('alias delete team@example.test');
  });

  test('the queue: shown, tried again, dropped', async (t) => {
    assert.equal(await good('queue list'), 'ID  FROM  TO  SIZE  AGE  ATTEMPTS  NEXT  LAST REPLY\n');
    const later = Date.now() + 3_600_000;
    const emailId = makeEmailId();
    const entry = (destination: string, recipientNo: number, partition: number) => ({
      destination,
      email_id: emailId,
      recipient_no: recipientNo,
      partition,
      forward_path: `x${recipientNo}@${destination}`,
      reverse_path: 'alice@example.test',
      size: 2_048,
      return_path_bytes: 0,
      body: '7bit',
      smtp_utf8: false,
      notify: 0,
      attempts: 2,
      queued_at: Date.now() - 7_200_000,
      next_attempt_at: later,
      last_reply: '451 4.7.1 later,\u001b[31m please',
    });
    const entries = [entry('one.test', 0, 3), entry('one.test', 1, 3), entry('two.test', 2, 9)];
    await db().kysely.insertInto('spool_remote').values(entries).execute();
    const hints: string[] = [];
    for (const partition of [3, 9]) {
      const subscription = await admin.ports.bus.subscribe(spoolRemote(partition), ({ payload }) => {
        hints.push(`${partition} ${JSON.stringify(payload)}`);
        return undefined;
      });
      t.after(() => subscription.unsubscribe());
    }

    const shown = (await good('queue list')).split('\n');
    assert.match(
      shown[1] ?? '',
      /^[0-9a-f]{32}\.0 {2}<alice@example\.test> {2}<x0@one\.test> {2}2\.0 KB {2}2h +2 {2}in (1h|59m) +451 4\.7\.1 later,\ufffd\[31m please$/,
    );
    const ids = (await json('queue list')).map(({ entryId }: { entryId: string }) => entryId);
    assert.deepEqual(ids, [`${emailId}.0`, `${emailId}.1`, `${emailId}.2`]);
    assert.equal((await json('queue list two.test')).length, 1);

    assert.equal(await good(`queue retry ${ids[0]}`), '1 entries are tried now\n');
    const due = (await json('queue list')).map((one: { nextAttemptAt: number }) => one.nextAttemptAt < later);
    assert.deepEqual(due, [true, false, false]);
    assert.equal(await good(`queue retry ${emailId}`), '3 entries are tried now\n');
    assert.deepEqual(hints.slice(0, 1), ['3 {"destinations":["one.test"],"retry":true}']);
    assert.deepEqual(hints.slice(1).sort(), [
      '3 {"destinations":["one.test"],"retry":true}',
      '9 {"destinations":["two.test"],"retry":true}',
    ]);

    assert.equal(await good('queue cancel --destination One.test'), '2 entries are dropped\n');
    assert.equal(await good('queue cancel --all'), '1 entries are dropped\n');
    const noted = await db().kysely.selectFrom('spool_attempt').select(['outcome', 'forward_path']).execute();
    assert.deepEqual(noted.map(({ outcome, forward_path }) => `${outcome} ${forward_path}`).sort(), [
      'cancelled x0@one.test',
      'cancelled x1@one.test',
      'cancelled x2@two.test',
    ]);
    const nothing = await run('queue retry --all');
    assert.deepEqual([nothing.status, nothing.err], [1, 'mailctl: no such entry waits in the queue\n']);
  });

  test('the queue: held and released, moved, chosen by sender and age, shown with its attempts', async () => {
    const emailId = makeEmailId();
    const now = admin.ports.database.now();
    const entry = (recipientNo: number, destination: string, reversePath: string, ageMs: number) => ({
      destination,
      email_id: emailId,
      recipient_no: recipientNo,
      partition: 3,
      forward_path: `x${recipientNo}@three.test`,
      reverse_path: reversePath,
      size: 2_048,
      return_path_bytes: 0,
      body: '7bit',
      smtp_utf8: false,
      notify: 0,
      queued_at: now - ageMs,
      next_attempt_at: now + 3_600_000,
    });
    const remote = [
      entry(0, 'three.test', 'alice@example.test', 7_200_000),
      entry(1, 'three.test>bulk', 'bob@example.test', 60_000),
      entry(2, 'other.test', '', 60_000),
    ];
    await db().kysely.insertInto('spool_remote').values(remote).execute();
    await db()
      .kysely.insertInto('spool_local')
      .values({
        partition: 5,
        account_id: 77,
        email_id: emailId,
        size: 10,
        reverse_path: 'Alice@Example.test',
        forward_path: 'carol@example.test',
        queued_at: now - 7_200_000,
      })
      .execute();
    const attempt = {
      email_id: emailId,
      recipient_no: 0,
      destination: 'three.test',
      forward_path: 'x0@three.test',
    };
    await db()
      .kysely.insertInto('spool_attempt')
      .values(
        [1, 2].map((n) => ({
          ...attempt,
          attempt_at: now - 1_000 * n,
          outcome: 'retry',
          remote: 'mx.three.test[192.0.2.1]',
          status: '4.7.1',
          reply: `451 4.7.1 later ${n}`,
        })),
      )
      .execute();

    const chosen = async (how: string) =>
      (await json(`queue list ${how}`)).map((one: { entryId: string }) => one.entryId.slice(33)).join();
    assert.equal(await chosen(''), '2,0,1,a77');
    assert.equal(await chosen('--local'), 'a77');
    assert.equal(await chosen('three.test'), '0,1');
    assert.equal(await chosen('--sender example.test --remote'), '0,1');
    assert.equal(await chosen('--sender alice@example.test'), '0,a77');
    assert.equal(await chosen('--sender <>'), '2');
    assert.equal(await chosen('--older-than 1h'), '0,a77');
    assert.equal(await chosen('--older-than 1h --destination example.test'), 'a77');

    const shown = await good(`queue show ${emailId}.0`);
    assert.match(
      shown,
      /x0@three\.test[\s\S]+TIME +TO[\s\S]+retry +mx\.three\.test\[192\.0\.2\.1\] +4\.7\.1 +451 4\.7\.1 later 2\n[^\n]+later 1\n$/,
    );
    assert.doesNotMatch(shown, /x1@/);

    assert.equal(await good('queue hold --older-than 1h'), '2 entries are held\n');
    const nexts = async () =>
      (await json('queue list')).map((one: { nextAttemptAt: number | null }) => one.nextAttemptAt === null);
    assert.deepEqual(await nexts(), [false, true, false, true]);
    assert.match(
      await good('queue list --local'),
      /\.a77 +<Alice@Example\.test> +<carol@example\.test> +10 B +2h +0 +held +for a mailbox here\n/,
    );
    assert.equal((await run(`queue retry ${emailId}.0`)).status, 1, 'what is held is not tried');
    assert.equal((await run('queue hold --older-than 1h')).status, 1, 'nor held twice');
    assert.equal(await good('queue release --sender alice@example.test'), '2 entries are released\n');
    assert.deepEqual(await nexts(), [false, false, false, false]);
    const [local] = await json('queue list --local');
    assert.equal(local.queuedAt, now - 7_200_000);

    assert.equal((await run(`queue move ${emailId}.0 --to four.test`)).status, 1, 'it is due');
    assert.equal(
      await good(`queue move ${emailId} --remote --to Four.test`),
      '2 entries wait for Four.test now\n',
    );
    assert.match((await run('queue move --all --to -')).err, /is no domain/);
    const moved = await db()
      .kysely.selectFrom('spool_remote')
      .select(['partition', 'pinned'])
      .where('destination', '=', 'four.test')
      .execute();
    assert.deepEqual(moved, Array(2).fill({ partition: partitionOf('four.test'), pinned: true }));
    assert.equal(await good(`queue cancel ${emailId}.a77`), '1 entries are dropped\n');
    assert.equal(await good(`queue cancel ${emailId}`), '3 entries are dropped\n');
    assert.equal(await chosen(''), '');
  });

  test('routes and the addresses they go out from', async () => {
    assert.equal(
      await good(
        'route add smart --sender News.test --host smtp.provider.test:587 --user us --password-file /run/secret',
      ),
      'added the route smart\n',
    );
    await good('route add pool --recipient far.test --source 192.0.2.1 192.0.2.2');
    assert.equal(
      await good('route list'),
      [
        'ROUTE  SENDER     RECIPIENT  TO                      TLS            USER  FROM',
        'pool   any        far.test   mail exchangers         opportunistic        192.0.2.1, 192.0.2.2',
        'smart  news.test  any        smtp.provider.test:587  required       us',
        '',
      ].join('\n'),
    );
    const table: [string, RegExp][] = [
      ['route add other --sender news.test --host h.test:25', /the route smart is there already/],
      ['route add no --sender news.test', /a route leads to a host, or goes out from an address/],
      ['route add half --host h.test:25 --user us', /a user and a password file go together/],
      ['route add bad --host h.test', /It is host:port/],
      ['route add bad --source nonsense', /is no IP address/],
      ['route delete other', /there is no route other/],
      ['queue move --all --to route:pool', /there is no route pool to a host/],
      ['source share 192.0.2.1 101', /share/],
    ];
    for (const [line, expected] of table) assert.match((await run(line)).err, expected, line);
    await good('source share 192.0.2.2 5');
    await good('source pause 192.0.2.1 390m');
    await noteBlock(
      db(),
      '192.0.2.2',
      'far.test>pool',
      admin.ports.database.now() + 7_300_000,
      '550 blocked',
    );
    assert.equal(
      await good('source list'),
      [
        'ADDRESS    SHARE  STATE               BLOCKED BY',
        '192.0.2.1    100  paused, ends in 6h',
        '192.0.2.2      5  in use              far.test>pool, ends in 2h: 550 blocked',
        '',
      ].join('\n'),
    );
    for (const address of ['192.0.2.1', '192.0.2.2']) await good(`source resume ${address}`);
    assert.deepEqual(
      (await json('source list')).map((one: { pausedUntil: number | null; blockedBy: unknown[] }) => [
        one.pausedUntil,
        one.blockedBy,
      ]),
      [
        [null, []],
        [null, []],
      ],
    );
    for (const name of ['smart', 'pool']) await good(`route delete ${name}`);
  });

  test('a long queue is shown whole', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => ({
      destination: `d${index % 7}.test`,
      email_id: makeEmailId(),
      recipient_no: 0,
      partition: 0,
      forward_path: `x@d${index % 7}.test`,
      reverse_path: '',
      size: 1,
      return_path_bytes: 0,
      body: '7bit',
      smtp_utf8: false,
      notify: 0,
      queued_at: 0,
      next_attempt_at: 0,
    }));
    await db().kysely.insertInto('spool_remote').values(rows).execute();
    const ids = (await json('queue list')).map(({ entryId }: { entryId: string }) => entryId);
    assert.equal(new Set(ids).size, 1_500);
    assert.equal(await good('queue cancel --all'), '1500 entries are dropped\n');
  });

  test('sessions: shown, of one account, ended', async (t) => {
    const { sessions, bus, accounts } = admin.ports;
    const alice = await accounts.find('alice@example.test');
    const record = {
      protocol: 'imap' as const,
      accountId: alice?.accountId ?? '',
      address: 'alice@example.test',
      remote: '192.0.2.7:4711',
      gateway: 'imap-gateway.1',
      since: Date.now() - 65_000,
    };
    await sessions.put(
      { ...record, sessionId: 's1', selected: 'INBOX', client: 'Thunderbird', state: { secret: 1 } },
      60_000,
    );
    await sessions.put(
      {
        ...record,
        sessionId: 's2',
        gateway: 'imap-gateway.2',
        accountId: '999',
        address: 'other@example.test',
      },
      60_000,
    );
    const subscription = await bus.subscribe(gatewayKick('imap-gateway.1'), async ({ payload }) => {
      await sessions.remove((payload as { sessionId: string }).sessionId);
      return { kicked: true };
    });
    t.after(() => subscription.unsubscribe());

    assert.equal(
      await good('sessions alice@example.test'),
      [
        'ID  PROTOCOL  ACCOUNT             FROM            GATEWAY         AGE  SELECTED  CLIENT',
        's1  imap      alice@example.test  192.0.2.7:4711  imap-gateway.1  1m   INBOX     Thunderbird',
        '',
      ].join('\n'),
    );
    const all = await json('sessions list --protocol imap');
    assert.equal(all.length, 2);
    assert.ok(!JSON.stringify(all).includes('secret'));
    assert.equal(await good('sessions kick s1'), 'ended the session s1 of alice@example.test\n');
    assert.deepEqual(await json('sessions alice@example.test'), []);
    const nobody = await run('sessions kick s2');
    assert.deepEqual([nobody.status, nobody.out], [1, '']);
    assert.equal(
      nobody.err,
      'mailctl: the gateway imap-gateway.2 does not answer; if it is gone, so is the session s2\n',
    );
    const slow = await bus.subscribe(gatewayKick('imap-gateway.2'), () => ({ kicked: true }));
    assert.equal(
      await good('sessions kick s2'),
      'ended the session s2 of other@example.test; its client has not hung up yet\n',
    );
    await slow.unsubscribe();
    const gone = await run('sessions kick s1');
    assert.deepEqual([gone.status, gone.err], [1, 'mailctl: there is no session s1\n']);
  });

  test('closing an account ends its sessions', async (t) => {
    const { sessions, bus, accounts } = admin.ports;
    await good('account add shut@example.test', 'x');
    const accountId = (await accounts.find('shut@example.test'))?.accountId ?? '';
    const kicked = Promise.withResolvers<unknown>();
    const subscription = await bus.subscribe(gatewayKick('g'), ({ payload }) => void kicked.resolve(payload));
    t.after(() => subscription.unsubscribe());
    const record = { protocol: 'imap' as const, address: 'shut@example.test', remote: '', since: 0 };
    await sessions.put({ ...record, accountId, sessionId: 'open', gateway: 'g' }, 60_000);
    await good('account disable shut@example.test');
    assert.deepEqual(await kicked.promise, { sessionId: 'open' });
    await good('account delete shut@example.test');
  });

  test('leases: who holds what', async () => {
    const expires = new Date(Date.now() + 60_000);
    await db()
      .kysely.insertInto('replica')
      .values([
        { replica_id: 'r1', kind: 'mailbox', name: 'store-1', expires_at: expires },
        { replica_id: 'r2', kind: 'mailbox', name: 'store-2', expires_at: expires, draining: true },
        { replica_id: 'r3', kind: 'destination', name: 'relay-1', expires_at: new Date(0) },
      ])
      .execute();
    const lease = db().kysely.updateTable('lease');
    await lease.set({ owner: 'r1' }).where('kind', '=', 'mailbox').where('partition', '<', 100).execute();
    await lease
      .set({ owner: 'r3' })
      .where('kind', '=', 'destination')
      .where('partition', 'in', [7, 8, 12])
      .execute();
    const lines = (await good('leases')).split('\n').map((line) => line.replace(/ +/g, ' '));
    assert.deepEqual(lines, [
      'ACTORS REPLICA STATE PARTITIONS WHICH',
      'destination relay-1 expired 3 7-8,12',
      'destination nobody unowned 253 0-6,9-11,13-255',
      'mailbox store-1 alive 100 0-99',
      'mailbox store-2 draining 0',
      'mailbox nobody unowned 156 100-255',
      '',
    ]);
  });

  test('each mistake is one line on standard error: 1 when refused, 2 when the line is wrong', async () => {
    const table: [string, number, RegExp][] = [
      ['', 2, /Usage: mailctl/],
      ['domain', 2, /Usage: mailctl domain/],
      ['doman list', 2, /^mailctl: unknown command 'doman' \(Did you mean domain\?\)\n$/],
      ['domain list --jsn', 2, /^mailctl: unknown option '--jsn' \(Did you mean --json\?\)\n$/],
      ['domain list extra', 2, /^mailctl: too many arguments[^\n]*\n$/],
      ['domain add', 2, /^mailctl: missing required argument 'name'\n$/],
      ['account quota alice@example.test lots', 2, /^mailctl: [^\n]*a size such as 500M[^\n]*\n$/],
      ['sessions list --protocol ftp', 2, /^mailctl: [^\n]*Allowed choices are imap[^\n]*\n$/],
      [
        'queue retry',
        2,
        /^mailctl: say which entries: their ids, --destination, --sender, --older-than, or --all\n$/,
      ],
      ['queue cancel --all --destination x.test', 2, /^mailctl: say which entries[^\n]*\n$/],
      ['queue retry nonsense', 1, /^mailctl: entries\.0: is not the id of a queue entry\n$/],
      ['account delete ..', 2, /^mailctl: '\.\.' names nothing\n$/],
      ['domain add a_b!', 1, /^mailctl: 'a_b!' is not a domain name\n$/],
      ['domain add example.test', 1, /^mailctl: the domain example\.test exists already\n$/],
      ['domain delete example.test', 1, /^mailctl: the domain example\.test still has the account alice@/],
      ['account add alice@example.test', 1, /^mailctl: no password: give it on standard input\n$/],
      [
        'account delete no/../body@example.test',
        1,
        /^mailctl: there is no account no\/\.\.\/body@example\.test\n$/,
      ],
      [
        'alias add a@example.test nobody@example.test',
        1,
        /^mailctl: nobody has the address nobody@example\.test\n$/,
      ],
      ['alias delete a@example.test', 1, /^mailctl: there is no alias a@example\.test\n$/],
      ['sessions nobody@example.test', 1, /^mailctl: there is no account nobody@example\.test\n$/],
    ];
    for (const [line, status, expected] of table) {
      const ran = await run(line);
      assert.equal(ran.status, status, `${line}: ${ran.err}`);
      assert.match(ran.err, expected, line);
      assert.equal(ran.out, '', line);
    }
  });

  test('a wrong token, and nobody there', async () => {
    const wrong = await mailctl(admin.url, 'domain list', '', 'wrong');
    assert.deepEqual(wrong, {
      status: 1,
      out: '',
      err: `mailctl: the admin API at ${admin.url} does not accept this token\n`,
    });
    const away = await mailctl('http://127.0.0.1:1', 'domain list');
    assert.equal(away.status, 1);
    assert.match(away.err, /^mailctl: the admin API at http:\/\/127\.0\.0\.1:1 cannot be reached: [^\n]+\n$/);
  });
});

test('help is everywhere, and names --json', async () => {
  const { COMMANDS } = await import('../../../services/admin/commands.ts');
  const groups = COMMANDS.map(([group]) => group).filter((group) => group !== null);
  for (const group of ['', ...groups]) {
    const ran = await mailctl('http://127.0.0.1:1', `${group} --help`);
    assert.deepEqual([ran.status, ran.err], [0, '']);
    assert.match(ran.out, /--json/);
    const names = [...ran.out.matchAll(/^ {2}([a-z]+)(?: \[| <|$| {2})/gm)].map(([, name]) => name);
    assert.ok(names.length > 0, group);
    for (const name of names) {
      const help = await mailctl('http://127.0.0.1:1', `${group} ${name} --help`);
      assert.deepEqual([help.status, help.err], [0, ''], `${group} ${name}`);
      assert.match(help.out, /Usage: mailctl/);
      if (name !== 'help') assert.match(help.out, /--json/, `${group} ${name}`);
    }
  }
});

test('as a process: its exit status, and the token from the data directory', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cartero-mailctl-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const program = join(import.meta.dirname, '../../../services/admin/mailctl.ts');
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args], {
      env: { DATA_DIR: dataDir, ADMIN_URL: 'http://127.0.0.1:1' },
    }).catch((error: { code: number; stderr: string }) => error);
  const without = await run('domain', 'list');
  assert.ok('code' in without);
  assert.deepEqual([without.code, without.stderr.startsWith('mailctl: no token: ')], [1, true]);
  await writeFile(join(dataDir, 'admin-token'), 'secret-token\n');
  const away = await run('domain', 'list');
  assert.match(away.stderr, /^mailctl: the admin API at http:\/\/127\.0\.0\.1:1 cannot be reached/);
  assert.doesNotMatch(away.stderr, /secret-token/);
  const help = await run('--help');
  assert.doesNotMatch(JSON.stringify(help), /secret-token/);
  assert.equal(((await run('nonsense')) as { code: number }).code, 2);
});

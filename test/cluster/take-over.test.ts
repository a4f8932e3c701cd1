import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { type ImapClient, openImap } from '../../scripts/soak/imap-client.ts';
import { openLineSocket } from '../../scripts/soak/line-socket.ts';
import { openSmtp } from '../../scripts/soak/smtp-client.ts';
import { partitionOf } from '../../shared/actor/partition.ts';
import { missing, startCluster } from '../servers.ts';

const TAKE_OVER_AFTER_KILL_MS = 10_000;
const TAKE_OVER_AFTER_DRAIN_MS = 1_000;
const PARTITIONS = 256;

describe('partitions of mailboxes', { skip: missing('postgres', 'nats', 'redis') }, () => {
  let cluster: Cluster;
  let database: pg.Pool;
  let accounts: string[];

  before(async () => {
    cluster = await startCluster({ replicas: { 'mailbox-store': 2, 'relay-worker': 0, 'pop3-gateway': 0 } });
    database = new pg.Pool({ connectionString: cluster.urls.databaseUrl, max: 2 });
    database.on('error', () => {});
    accounts = await makeAccounts(
      cluster,
      'takeover.test',
      Array.from({ length: 16 }, (_, index) => `account${index}`),
    );
  });
  after(async () => {
    await database?.end();
    await cluster?.stop();
  });

  /** Partitions by name of the replica that holds them; those of nobody, or of a dead one, under ''. */
  async function held(): Promise<Record<string, number[]>> {
    const { rows } = await database.query<{ name: string; partitions: number[] }>(
      `select case when r.alive and r.expires_at > clock_timestamp() then r.name else '' end as name,
              array_agg(l.partition::int) as partitions
         from lease l left join replica r on r.replica_id = l.owner
        where l.kind = 'mailbox' group by 1`,
    );
    return Object.fromEntries(rows.map((row) => [row.name ?? '', row.partitions]));
  }

  async function until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<number> {
    const begin = Date.now();
    while (!(await holds())) {
      assert.ok(
        Date.now() - begin < withinMs,
        `not within ${withinMs} ms: ${what}; ${JSON.stringify(await held())}`,
      );
      await sleep(10);
    }
    return Date.now() - begin;
  }

  const shared = async (): Promise<boolean> => {
    const now = await held();
    return [0, 1].every((index) => (now[`mailbox-store-${index}`]?.length ?? 0) >= PARTITIONS / 4);
  };

  async function accountOf(replica: string): Promise<string> {
    const partitions = new Set((await held())[replica]);
    const { rows } = await database.query<{ account_id: string; address: string }>(
      'select account_id, address from account',
    );
    const found = rows.find(
      (row) => accounts.includes(row.address) && partitions.has(partitionOf(row.account_id)),
    );
    assert.ok(found, `an account of ${replica}`);
    return found.address;
  }

  async function send(to: string, subject: string): Promise<void> {
    const client = await openSmtp(cluster.port('smtp-ingress', 'smtp'));
    const bytes = Buffer.from(`From: <a@b.test>\r\nSubject: ${subject}\r\n\r\ntext\r\n`);
    await client.send({ reversePath: 'a@b.test', forwardPaths: [to], bytes });
    await client.quit();
  }

  const imap = (address: string): Promise<ImapClient> =>
    openImap(cluster.port('imap-gateway', 'imap'), address, cluster.password);

  async function hasSubject(client: ImapClient, subject: string): Promise<boolean> {
    await client.select('INBOX');
    const found = await client.command(`UID SEARCH SUBJECT "${subject}"`);
    return found.some((one) => /^\* SEARCH \d/.test(one.text));
  }

  test('are shared between the replicas', async () => {
    await until('each replica holds its share', 30_000, shared);
  });

  test('of a replica that was killed are taken over within 10 s, and its accounts are served again', async () => {
    await until('each replica holds its share', 30_000, shared);
    const victim = cluster.process('mailbox-store', 0);
    const account = await accountOf(victim.name);
    const client = await imap(account);
    try {
      await client.select('INBOX');
      await victim.kill('SIGKILL');
      const killed = Date.now();
      await send(account, 'after the kill');
      await until('the other replica holds all partitions', TAKE_OVER_AFTER_KILL_MS, async () => {
        const now = await held();
        return now['mailbox-store-1']?.length === PARTITIONS;
      });
      const left = TAKE_OVER_AFTER_KILL_MS - (Date.now() - killed);
      await until('mail arrives', Math.max(left, 1_000), () => hasSubject(client, 'after the kill'));
    } finally {
      client.destroy();
      await victim.restart();
    }
  });

  test('of a replica that ends in good order are taken over within 1 s, and nobody notices', async () => {
    await until('each replica holds its share', 30_000, shared);
    const leaving = cluster.process('mailbox-store', 1);
    const account = await accountOf(leaving.name);
    const client = await imap(account);
    let asking = true;
    const asked = (async () => {
      let longest = 0;
      while (asking) {
        const begin = Date.now();
        await client.command('STATUS INBOX (MESSAGES UIDNEXT)');
        longest = Math.max(longest, Date.now() - begin);
      }
      return longest;
    })();
    try {
      const drained = leaving.drain();
      await until('the other replica holds all partitions', TAKE_OVER_AFTER_DRAIN_MS, async () => {
        const now = await held();
        return now['mailbox-store-0']?.length === PARTITIONS;
      });
      await send(account, 'after the drain');
      await drained;
      asking = false;
      assert.ok((await asked) < TAKE_OVER_AFTER_DRAIN_MS, `a command took ${await asked} ms`);
      await until('mail arrives', 5_000, () => hasSubject(client, 'after the drain'));
    } finally {
      asking = false;
      await asked.catch(() => {});
      client.destroy();
      await leaving.start();
    }
  });

  test('an ingress that is asked to go is not ready, takes nobody new, and finishes the message under way', async () => {
    const ingress = cluster.process('smtp-ingress');
    const port = cluster.port('smtp-ingress', 'smtp');
    const socket = await openLineSocket(port, 20_000);
    const reply = async (): Promise<string> => {
      for (;;) {
        const line = await socket.line();
        if (line[3] === ' ') return line;
      }
    };
    await reply();
    for (const line of ['EHLO a.test', 'MAIL FROM:<a@b.test>', `RCPT TO:<${accounts[0]}>`, 'DATA']) {
      socket.write(`${line}\r\n`);
      await reply();
    }
    socket.write('Subject: under way\r\n\r\n');
    const gone = ingress.drain();
    await until('not ready', 5_000, async () => (await fetch(`${ingress.adminUrl}/readyz`)).status === 503);
    assert.equal(await (await fetch(`${ingress.adminUrl}/readyz`)).text(), 'stopping\n');
    await assert.rejects(openSmtp(port));
    socket.write('text\r\n.\r\n');
    assert.match(await reply(), /^250 /);
    await gone;
    socket.destroy();
    await ingress.start();
  });
});

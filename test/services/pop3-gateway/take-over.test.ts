import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { missingProgram } from '../../clients/program.ts';
import { Pop3Client } from './pop3-client.ts';

const ALICE = 'alice@example.test';
const PASSWORD = 'correct horse';
const skip = missingProgram('postgres', 'nats-server', 'redis-server');

describe('pop3-gateway: the mailbox actor moves during a session', { skip }, () => {
  let cluster: Cluster;

  before(async () => {
    const replicas = { 'mailbox-store': 2, 'pop3-gateway': 2, 'imap-gateway': 0, 'relay-worker': 0 };
    const settings = { DEMO_PASSWORD: PASSWORD, LEASE_TTL: '2s' };
    cluster = await startCluster({ fsync: false, replicas, settings });
    const port = cluster.port('smtp-ingress', 'smtp');
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    for (const subject of ['one', 'two', 'three']) {
      const envelope = { from: 'bob@elsewhere.test', to: [ALICE] };
      await transport.sendMail({ envelope, raw: `Subject: ${subject}\r\n\r\n${subject}\r\n` });
    }
    transport.close();
  });
  after(() => cluster?.stop());

  const logIn = (gateway: number): Promise<Pop3Client> =>
    Pop3Client.logIn(cluster.port('pop3-gateway', 'pop3', gateway), ALICE, PASSWORD);

  async function whenDelivered(count: number): Promise<Pop3Client> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const client = await logIn(0);
      if ((await client.command('STAT')).startsWith(`+OK ${count} `)) return client;
      await client.expectOk('QUIT');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the messages do not come');
  }

  test('the lock holds over gateways; what was marked is removed at QUIT, by whoever owns the mailbox then', async () => {
    const client = await whenDelivered(3);
    await client.expectOk('DELE 1');
    await assert.rejects(logIn(1), /-ERR \[IN-USE\]/);
    for (const store of [0, 1]) {
      await cluster.process('mailbox-store', store).kill('SIGKILL');
      assert.match(await client.message('RETR 2'), /\r\n\r\ntwo\r\n$/);
      await cluster.process('mailbox-store', store).start();
    }
    await client.expectOk('QUIT');
    const next = await logIn(1);
    assert.match(await next.command('STAT'), /^\+OK 2 /);
    assert.match(await next.message('RETR 1'), /\r\n\r\ntwo\r\n$/);
    await next.expectOk('QUIT');
  });
});

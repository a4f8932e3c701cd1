import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { DEMO_ACCOUNTS } from '../../scripts/cluster/state.ts';
import { askAdmin } from '../../scripts/soak/admin-client.ts';
import { type ImapClient, openImap } from '../../scripts/soak/imap-client.ts';
import { openSmtp } from '../../scripts/soak/smtp-client.ts';
import { missing, startCluster } from '../servers.ts';

const message = (subject: string): Buffer =>
  Buffer.from(`From: <a@b.test>\r\nSubject: ${subject}\r\n\r\ntext\r\n`);

describe('two IMAP gateways, one mailbox', { skip: missing('postgres', 'nats', 'redis') }, () => {
  let cluster: Cluster;
  let one: ImapClient;
  let two: ImapClient;
  const [alice = ''] = DEMO_ACCOUNTS;

  const open = (gateway: number): Promise<ImapClient> =>
    openImap(cluster.port('imap-gateway', 'imap', gateway), alice, cluster.password);

  before(async () => {
    cluster = await startCluster({ replicas: { 'imap-gateway': 2, 'relay-worker': 0, 'pop3-gateway': 0 } });
    [one, two] = await Promise.all([open(0), open(1)]);
    await one.select('INBOX', 'SELECT');
    await two.select('INBOX', 'SELECT');
  });
  after(async () => {
    one?.destroy();
    two?.destroy();
    await cluster?.stop();
  });

  /** What `watcher` is told in IDLE until a line matches; the line. */
  async function told(
    watcher: ImapClient,
    expected: RegExp,
    change: () => Promise<unknown>,
  ): Promise<string> {
    const idle = await watcher.idle();
    await change();
    for (;;) {
      const { text } = await idle.next();
      if (!expected.test(text)) continue;
      await idle.done();
      return text;
    }
  }

  test('an APPEND on one is told to the other', async () => {
    await told(two, /^\* 1 EXISTS$/, () => one.append('INBOX', message('first')));
  });

  test('mail from outside is told to both', async () => {
    const deliver = async (): Promise<void> => {
      const client = await openSmtp(cluster.port('smtp-ingress', 'smtp'));
      await client.send({ reversePath: 'a@b.test', forwardPaths: [alice], bytes: message('second') });
      await client.quit();
    };
    await told(two, /^\* 2 EXISTS$/, () => told(one, /^\* 2 EXISTS$/, deliver));
  });

  test('flags set on one are told to the other, both ways', async () => {
    const flagged = await told(two, /^\* 1 FETCH /, () => one.command('STORE 1 +FLAGS (\\Flagged)'));
    assert.match(flagged, /\\Flagged/);
    const answered = await told(one, /^\* 2 FETCH /, () => two.command('STORE 2 +FLAGS (\\Answered)'));
    assert.match(answered, /\\Answered/);
  });

  test('without IDLE, a change comes with the next NOOP', async () => {
    await one.command('STORE 2 +FLAGS.SILENT (\\Seen)');
    const responses = await two.command('NOOP');
    assert.ok(
      responses.some((response) => /^\* 2 FETCH .*\\Seen/.test(response.text)),
      JSON.stringify(responses),
    );
  });

  test('an EXPUNGE on one is told to the other', async () => {
    await told(two, /^\* 1 EXPUNGE$/, async () => {
      await one.command('STORE 1 +FLAGS.SILENT (\\Deleted)');
      await one.command('EXPUNGE');
    });
    const [search] = await two.command('SEARCH ALL');
    assert.equal(search?.text, '* SEARCH 1');
  });

  test('both sessions are listed, each with its gateway and what it has selected', async () => {
    const listed = async () => {
      const { sessions } = (await askAdmin(cluster, '/sessions')) as {
        sessions: { gateway: string; address: string; selected?: string }[];
      };
      return sessions.filter((session) => session.address === alice && session.selected === 'INBOX');
    };
    let ours = await listed();
    // A record follows its session after a moment.
    for (let round = 0; ours.length < 2 && round < 40; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ours = await listed();
    }
    assert.deepEqual(ours.map((session) => session.gateway).sort(), ['imap-gateway-0', 'imap-gateway-1']);
  });

  test('a gateway that is killed takes nothing along: the other goes on, and it serves again after a restart', async () => {
    await cluster.process('imap-gateway', 0).kill('SIGKILL');
    await two.append('INBOX', message('third'));
    await cluster.process('imap-gateway', 0).start();
    one.destroy();
    one = await open(0);
    await one.select('INBOX', 'SELECT');
    const [search] = await one.command('SEARCH SUBJECT third');
    assert.equal(search?.text, '* SEARCH 2');
  });
});

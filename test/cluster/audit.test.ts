import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { makeAudit } from '../../scripts/soak/audit.ts';
import { type ImapClient, openImap } from '../../scripts/soak/imap-client.ts';
import { makeLedger } from '../../scripts/soak/ledger.ts';
import { missing, startCluster } from '../servers.ts';

/** The soak proves nothing unless its audit sees what is wrong: here each wrong is done on purpose. */
describe('the audit', { skip: missing('postgres', 'nats', 'redis') }, () => {
  let cluster: Cluster;
  let account = '';
  let port = 0;
  let names = 0;

  before(async () => {
    cluster = await startCluster({ replicas: { 'smtp-ingress': 0, 'relay-worker': 0, 'pop3-gateway': 0 } });
    port = cluster.port('imap-gateway', 'imap');
  });
  after(() => cluster?.stop());

  async function books() {
    [account = ''] = await makeAccounts(cluster, `audit${names++}.test`, ['reader']);
    const ledger = makeLedger('audit');
    const audit = makeAudit({ port, password: cluster.password, accounts: [account], ledger, settleMs: 300 });
    const client: ImapClient = await openImap(port, account, cluster.password);
    const make = () => {
      const mail = ledger.make([account], 'a@load.test');
      mail.entry.accepted = true;
      return mail;
    };
    return { ledger, audit, client, make };
  }

  test('finds nothing when all is well, and expunges on the way', async () => {
    const { audit, client, make } = await books();
    for (let number = 0; number < 3; number++) await client.append('INBOX', make().bytes);
    await audit.look();
    await client.append('INBOX', make().bytes);
    client.destroy();
    const { delivered, expunged, ...findings } = await audit.finish();
    assert.deepEqual(findings, { lost: [], doubled: [], altered: [], strange: [], uidRepeats: [] });
    assert.equal(delivered, 4);
    assert.equal(expunged, 1);
  });

  test('finds what is lost, doubled, altered and strange', async () => {
    const { audit, client, make } = await books();
    const [lost, doubled, altered, cut] = [make(), make(), make(), make()];
    await client.append('INBOX', doubled.bytes);
    await client.append('INBOX', doubled.bytes);
    altered.bytes[altered.bytes.length - 3] = 0x21;
    await client.append('INBOX', altered.bytes);
    await client.append('INBOX', cut.bytes.subarray(0, -4));
    await client.append('INBOX', Buffer.from('Subject: who are you?\r\n\r\n'));
    client.destroy();
    const findings = await audit.finish();
    const named = (lines: readonly string[], id: string): boolean => lines.some((line) => line.includes(id));
    assert.equal(findings.lost.length, 1);
    assert.ok(named(findings.lost, lost.entry.messageId));
    assert.equal(findings.doubled.length, 1);
    assert.ok(named(findings.doubled, doubled.entry.messageId));
    assert.ok(named(findings.altered, altered.entry.messageId));
    assert.ok(named(findings.altered, cut.entry.messageId));
    assert.equal(findings.strange.length, 1);
  });

  test('finds a message that was there and is gone', async () => {
    const { audit, client, make } = await books();
    const gone = make();
    await client.append('INBOX', gone.bytes);
    for (let number = 0; number < 2; number++) await client.append('INBOX', make().bytes);
    await audit.look();
    await client.select('INBOX', 'SELECT');
    await client.command('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await client.command('EXPUNGE');
    client.destroy();
    const { lost } = await audit.finish();
    assert.ok(lost.some((line) => line.includes(gone.entry.messageId)));
  });
});

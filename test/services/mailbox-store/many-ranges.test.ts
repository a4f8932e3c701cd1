import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { start } from '../../../services/mailbox-store/service.ts';
import { isRefusal } from '../../../shared/mailbox/operations.ts';
import { openTestPorts } from '../../ports.ts';

const MESSAGES = 12_000;

test('a set of thousands of ranges over a fresh mailbox without statistics is not quadratic', async () => {
  await using opened = await openTestPorts('pglite');
  const { ports, config } = opened;
  await createDemoAccounts(ports.database, 'a password to try');
  const account = (await ports.accounts.find('alice@example.test'))!.accountId;
  await ports.database.prepared(
    'fill',
    `insert into mailbox_message (account_id, mailbox_id, uid, email_id, mod_seq, size, internal_at, saved_at)
     select $1, 1, g, gen_random_uuid(), 1, 100, 0, 0 from generate_series(1, $2::int) g`,
    [account, MESSAGES],
  );
  await ports.database.prepared(
    'count',
    `update mailbox set uid_next = $2 + 1, messages = $2, unseen = $2, bytes = $2 * 100
     where account_id = $1 and mailbox_id = 1`,
    [account, MESSAGES],
  );
  const store = await start(ports, config);
  try {
    const odd = Array.from({ length: MESSAGES / 2 }, (_, index) => index * 2 + 1).join(',');
    const flags = { system: 8, keywords: [] };
    const stored = await ports.mailboxes.ask('store', {
      account,
      mailboxId: '1',
      uids: odd,
      mode: 'add',
      flags,
    });
    assert.ok(!isRefusal(stored));
    assert.equal(stored.columns.uids.length, MESSAGES / 2);
    // With a plan that is quadratic the ask may run into its deadline.
    const expunged = await ports.mailboxes.ask('expunge', { account, mailboxId: '1', uids: odd });
    assert.ok(!isRefusal(expunged));
    assert.equal(expunged.expunged, odd);
  } finally {
    await store.stop(1_000);
  }
});

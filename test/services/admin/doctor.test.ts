import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { STAGES } from '../../../services/admin/doctor/doctor.ts';
import type { Finding } from '../../../services/admin/doctor/finding.ts';
import type { Database } from '../../../shared/database/port.ts';
import { Flag } from '../../../shared/mailbox/types.ts';
import { CHUNK_BYTES } from '../../../shared/storage/port.ts';
import {
  type AccountWorld,
  NO_FLAGS,
  onBothDatabases,
  requestId,
  staged,
  until,
} from '../mailbox-store/world.ts';
import { mailctl, startAdmin } from './cluster.ts';

async function examine(database: Database): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { look } of Object.values(STAGES))
    for (let next: string | null = '', batches = 0; next !== null; batches++) {
      assert.ok(batches < 100, 'it comes to an end');
      const batch = await look(database, next === '' ? null : next);
      findings.push(...batch.findings);
      next = batch.next;
    }
  return findings;
}

onBothDatabases('doctor', (world) => {
  let admin: Awaited<ReturnType<typeof startAdmin>>;
  let account: AccountWorld;
  const database = () => world().ports.database;

  before(async () => {
    admin = await startAdmin(database());
    account = await world().account();
    const { ports } = world();
    const uids: number[] = [];
    for (let number = 0; number < 6; number++) {
      const message = staged(`number ${number}`);
      await ports.storage.commit(message);
      const { emailId, size } = message;
      const appended = { emailId, size, flags: NO_FLAGS, internalDate: number };
      const reply = await account.ask('append', {
        name: 'INBOX',
        requestId: requestId(),
        messages: [appended],
      });
      uids.push(...reply.uids);
    }
    const mailboxId = '1';
    const flags = { system: Flag.Seen | Flag.Deleted, keywords: ['$done'] };
    await account.ask('store', { mailboxId, uids: `${uids[0]},${uids[2]}:${uids[3]}`, mode: 'add', flags });
    await account.ask('expunge', { mailboxId, uids: String(uids[0]) });
    for (const move of [false, true])
      await account.ask('copy', {
        from: mailboxId,
        to: 'Archive',
        uids: String(uids[4]),
        move,
        requestId: requestId(),
      });
    const writer = ports.storage.create();
    await writer.write(Buffer.from('Subject: large\r\n\r\n'));
    await writer.write(Buffer.alloc(CHUNK_BYTES + 5, 'x'));
    await ports.spool.enqueue({
      message: await writer.finish(),
      reversePath: '',
      recipients: [{ target: { kind: 'local', account: account.id, forwardPath: account.address } }],
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    await until(
      'the large one is there',
      async () => (await account.ask('status', { name: 'INBOX' })).messages === 5,
    );
    // The other kind of actor has no replica here, so nobody misses its partitions.
  });
  after(() => admin?.stop());

  test('nothing to find where all is well', async () => {
    assert.deepEqual(await examine(database()), []);
    const { status, out, err } = await mailctl(admin.url, 'doctor --deep');
    assert.deepEqual([status, err], [0, '']);
    assert.match(
      out,
      /^STAGE +CHECKED +FINDINGS\nleases +256 +0\nspool +0 +0\naccounts +1 +0\nmessages +\d+ +0\n$/,
    );
    assert.match((await mailctl(admin.url, 'doctor')).out, /^STAGE[^\n]*\nleases[^\n]*\nspool[^\n]*\n$/);
  });

  const old = 'email_id = (select email_id from message where chunks = 0 order by email_id limit 1)';
  const wrongs: [check: RegExp, breaks: string, mends: string][] = [
    [
      /^mailbox counters$/,
      'update mailbox set unseen = unseen + 1',
      'update mailbox set unseen = unseen - 1',
    ],
    [/^mailbox counters$/, 'update mailbox set bytes = bytes - 1', 'update mailbox set bytes = bytes + 1'],
    [
      /^quota used$/,
      'update account set messages_used = messages_used - 1',
      'update account set messages_used = messages_used + 1',
    ],
    [
      /^uids below UIDNEXT$/,
      'update mailbox set uid_next = uid_next - 1',
      'update mailbox set uid_next = uid_next + 1',
    ],
    [
      /^(?:MODSEQ order|journal)$/,
      'update account set mod_seq = mod_seq - 1',
      'update account set mod_seq = mod_seq + 1',
    ],
    [
      /^mailboxes and their accounts$/,
      "update mailbox set present = false where name in ('INBOX', 'Archive')",
      "update mailbox set present = true where name in ('INBOX', 'Archive')",
    ],
    [
      /^journal$/,
      "update journal set uids = '9' || uids where kind = 1",
      'update journal set uids = substr(uids, 2) where kind = 1',
    ],
    [
      /^messages that mailboxes name|mailbox counters|quota used$/,
      'update mailbox_message set size = size + 1',
      'update mailbox_message set size = size - 1',
    ],
    [
      /^(?:stored sizes|messages that mailboxes name)$/,
      'update message set size = size + 1 where chunks > 0',
      'update message set size = size - 1 where chunks > 0',
    ],
    [
      /^checksums$/,
      'update message_chunk set bytes = set_byte(bytes, 3, get_byte(bytes, 3) # 1) where chunk_no = 1',
      'update message_chunk set bytes = set_byte(bytes, 3, get_byte(bytes, 3) # 1) where chunk_no = 1',
    ],
    [
      /^checksums$/,
      `update message set inline = set_byte(inline, 3, get_byte(inline, 3) # 1) where ${old}`,
      `update message set inline = set_byte(inline, 3, get_byte(inline, 3) # 1) where ${old}`,
    ],
    [
      /^orphaned messages$/,
      "insert into message values ('00000000-0000-7000-8000-000000000001', 1, 0, '', 'x', 0)",
      "delete from message where email_id = '00000000-0000-7000-8000-000000000001'",
    ],
    [
      /^orphaned chunks$/,
      "insert into message_chunk values ('00000000-0000-7000-8000-000000000001', 0, 'x')",
      "delete from message_chunk where email_id = '00000000-0000-7000-8000-000000000001'",
    ],
    [
      /^(?:messages that spool_remote names|remote mail that waits|partitions of the spool)$/,
      `insert into spool_remote (destination, email_id, recipient_no, partition, forward_path, reverse_path, size, return_path_bytes,
         body, smtp_utf8, notify, queued_at, next_attempt_at)
       values ('elsewhere.test', '00000000-0000-7000-8000-000000000001', 0, 1, 'x@elsewhere.test', '', 1, 0, '7bit', false, 0, 0, 0)`,
      'delete from spool_remote',
    ],
    [
      /^(?:messages that spool_local names|local mail that waits|partitions of the spool)$/,
      // Of an account that is not there: else it would be delivered.
      `insert into spool_local (partition, account_id, email_id, size, reverse_path, forward_path, queued_at)
       values (1, 999999, '00000000-0000-7000-8000-000000000001', 1, '', 'x@example.test', 0)`,
      'delete from spool_local',
    ],
    [
      /^leases$/,
      "update lease set owner = 'nobody at all' where kind = 'destination' and partition = 3",
      "update lease set owner = null where kind = 'destination' and partition = 3",
    ],
  ];
  for (const [check, breaks, mends] of wrongs) {
    test(`finds what this does: ${breaks.split('\n')[0]}`, async () => {
      await sql.raw(breaks).execute(database().kysely);
      try {
        const found = new Set((await examine(database())).map((finding) => finding.check));
        assert.ok(found.size > 0, 'something is found');
        for (const one of found) assert.match(one, check);
      } finally {
        await sql.raw(mends).execute(database().kysely);
      }
      assert.deepEqual(await examine(database()), []);
    });
  }

  test('findings end mailctl with 1', async () => {
    await sql.raw('update mailbox set unseen = unseen + 1').execute(database().kysely);
    const { status, out, err } = await mailctl(admin.url, 'doctor --deep');
    assert.equal(status, 1);
    assert.match(out, /mailbox counters +account 1 mailbox 1: has 5 messages, \d unseen/);
    assert.match(err, /^mailctl: \d+ findings\n$/);
    await sql.raw('update mailbox set unseen = unseen - 1').execute(database().kysely);
  });
});

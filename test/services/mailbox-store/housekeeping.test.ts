import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { attempts } from '../../../services/mailbox-store/housekeeping/attempts.ts';
import type { Job, JobContext } from '../../../services/mailbox-store/housekeeping/job.ts';
import { journal } from '../../../services/mailbox-store/housekeeping/journal.ts';
import { orphanedDeliveries } from '../../../services/mailbox-store/housekeeping/orphaned-deliveries.ts';
import { releasedMessages } from '../../../services/mailbox-store/housekeeping/released-messages.ts';
import { requestReplies } from '../../../services/mailbox-store/housekeeping/request-replies.ts';
import { unreferredMessages } from '../../../services/mailbox-store/housekeeping/unreferred-messages.ts';
import { deleteAccount } from '../../../shared/account/delete-account.ts';
import { createDirectory } from '../../../shared/actor/directory.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { partitionOf } from '../../../shared/actor/partition.ts';
import { emailIdBound, emailIdOf } from '../../../shared/mailbox/email-id.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import { deliverLocal } from '../../../shared/spool/deliver.ts';
import { Notify } from '../../../shared/spool/port.ts';
import { cancel } from '../../../shared/spool/queue/change.ts';
import { CHUNK_BYTES } from '../../../shared/storage/port.ts';
import { StagedTooLong } from '../../../shared/storage/staged-too-long.ts';
import { createMessageWriter } from '../../../shared/storage/writer.ts';
import { type AccountWorld, NO_FLAGS, onBothDatabases, requestId, staged, type World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const REPLICA = 'a-replica-of-the-test';

/** An id as it was made so long ago. */
function oldId(ageMs: number): EmailId {
  return `${emailIdBound(Date.now() - ageMs).slice(0, 12)}70008${randomBytes(8).toString('hex').slice(1)}`;
}

onBothDatabases('housekeeping', (world) => {
  let context: JobContext;
  before(async () => {
    const { database } = world().ports;
    // Of the other kind, so that it claims nothing that the store wants.
    await createDirectory(database, 'destination', DAY_MS).join(REPLICA, REPLICA);
    context = { database, fence: () => ({ replicaId: REPLICA }), now: Date.now };
  });

  /** Rounds until there is no more; how many items. */
  async function run(job: Job, laterMs = 0): Promise<number> {
    let items = 0;
    for (;;) {
      const round = await job.round({ ...context, now: () => Date.now() + laterMs });
      items += round.items;
      if (!round.more) return items;
    }
  }

  test('bytes go a day after their last reference, and no sooner', async () => {
    const account = await world().account();
    const [kept, gone] = [await store(account, 'kept'), await store(account, 'gone')];
    await account.ask('create', { name: 'Copies' });
    const from = await account.idOf('INBOX');
    await account.ask('copy', { requestId: requestId(), from, uids: '1', to: 'Copies', move: false });
    await account.ask('expunge', { mailboxId: from, uids: '1:2', always: true });

    await run(releasedMessages(), DAY_MS - HOUR_MS);
    assert.deepEqual(await stored(world(), [kept, gone]), [kept, gone], 'within the grace period');
    assert.equal(await run(releasedMessages(), DAY_MS + HOUR_MS), 1);
    assert.deepEqual(await stored(world(), [kept, gone]), [kept], 'the copy keeps its bytes');

    await account.ask('delete', { name: 'Copies' });
    assert.equal(await run(releasedMessages(), DAY_MS + HOUR_MS), 1);
    assert.deepEqual(await stored(world(), [kept, gone]), []);
    assert.equal(await count(world(), 'message_release'), 0);
  });

  test('a message of two accounts goes with the second; a move is no release', async () => {
    const [one, other] = [await world().account(), await world().account()];
    const shared = await store(one, 'shared');
    await put(other, shared);
    await one.ask('create', { name: 'Moved' });
    const from = await one.idOf('INBOX');
    await one.ask('copy', { requestId: requestId(), from, uids: '1', to: 'Moved', move: true });
    assert.equal(await count(world(), 'message_release'), 0);
    await deleteAccount(world().ports.database, one.address);
    assert.equal(await run(releasedMessages(), DAY_MS + HOUR_MS), 0);
    assert.deepEqual(await stored(world(), [shared]), [shared]);
    await deleteAccount(world().ports.database, other.address);
    assert.equal(await run(releasedMessages(), DAY_MS + HOUR_MS), 1);
    assert.deepEqual(await stored(world(), [shared]), []);
  });

  test('what waits in the spool is kept; what was cancelled goes', async () => {
    const { database, spool } = world().ports;
    const message = staged('waits');
    await spool.enqueue({
      message,
      reversePath: '',
      recipients: [
        { target: { kind: 'remote', destination: 'far.example', forwardPath: 'b@far.example' } },
        { target: { kind: 'remote', destination: 'near.example', forwardPath: 'b@near.example' } },
      ],
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    await cancel(database, { destination: 'near.example' });
    assert.equal(await run(releasedMessages(), DAY_MS + HOUR_MS), 0);
    assert.deepEqual(await stored(world(), [message.emailId]), [message.emailId]);
    await cancel(database, { destination: 'far.example' });
    assert.equal(await run(releasedMessages(), DAY_MS + HOUR_MS), 1);
    assert.deepEqual(await stored(world(), [message.emailId]), []);
  });

  test('what nothing ever named goes when it is a day old: messages, and chunks without a message', async () => {
    const { database } = world().ports;
    await run(unreferredMessages());
    const account = await world().account();
    const named = oldId(DAY_MS + HOUR_MS);
    const [unnamed, young] = [oldId(DAY_MS + HOUR_MS), oldId(DAY_MS - HOUR_MS)];
    for (const emailId of [named, unnamed, young]) await plant(world(), emailId);
    await put(account, named);
    const chunks = oldId(DAY_MS + HOUR_MS);
    for (let no = 0; no < 3; no++) {
      await database.prepared('test_chunk', 'insert into message_chunk values ($1, $2, $3)', [
        chunks,
        no,
        Buffer.alloc(10),
      ]);
    }
    assert.equal(await run(unreferredMessages()), 2);
    assert.deepEqual(await stored(world(), [named, unnamed, young]), [named, young].sort());
    assert.equal(await count(world(), 'message_chunk'), 0);
    assert.equal(await run(unreferredMessages(), 2 * HOUR_MS), 1, 'the young one has come of age');
    assert.deepEqual(await stored(world(), [named, unnamed, young]), [named]);
  });

  test('a sweep over more than a round looks at everything', async () => {
    const { database } = world().ports;
    const ids = Array.from({ length: 1_203 }, () => oldId(DAY_MS + HOUR_MS));
    await run(unreferredMessages());
    await database.prepared('test_cursor', "delete from housekeeping where job = 'unreferred-messages'", []);
    await Promise.all(ids.slice(0, 900).map((emailId) => plant(world(), emailId)));
    await database.prepared(
      'test_chunks',
      "insert into message_chunk select u, 0, ''::bytea from unnest($1::uuid[]) u",
      [ids.slice(900)],
    );
    assert.equal(await run(unreferredMessages()), 1_203);
    assert.deepEqual(await stored(world(), ids), []);
  });

  test('a message that is too long on its way is not taken: its chunks may be collected', async () => {
    const { database, spool, storage } = world().ports;
    const emailId = oldId(13 * HOUR_MS);
    const writer = createMessageWriter(database, emailId);
    await assert.rejects(async () => writer.write(Buffer.alloc(2 * CHUNK_BYTES)), StagedTooLong);
    await assert.rejects(storage.commit({ ...staged('x'), emailId }), StagedTooLong);
    const message = { ...staged('x'), inline: Buffer.alloc(0), chunks: 1, emailId };
    const envelope = {
      reversePath: '',
      recipients: [],
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    } as const;
    await assert.rejects(spool.enqueue({ message, ...envelope }), StagedTooLong);
    assert.deepEqual(await stored(world(), [emailId]), []);
  });

  test('replies and attempts are kept for their time', async () => {
    const { database } = world().ports;
    const account = await world().account();
    await store(account, 'replied');
    assert.equal(await run(requestReplies(), HOUR_MS - 60_000), 0);
    assert.ok((await run(requestReplies(), HOUR_MS + 60_000)) > 0);
    assert.equal(await count(world(), 'request_reply'), 0);

    const [old, young] = [oldId(15 * DAY_MS), oldId(15 * DAY_MS)];
    await database.prepared('test_attempt_gone', 'delete from spool_attempt', []);
    for (const [emailId, age] of [
      [old, 14 * DAY_MS + HOUR_MS],
      [young, 14 * DAY_MS - HOUR_MS],
    ] as const) {
      await database.prepared(
        'test_attempt',
        "insert into spool_attempt values ($1, 0, $2, 'd', 'f', 'delivered', '', '', '')",
        [emailId, Date.now() - age],
      );
    }
    assert.equal(await run(attempts()), 1);
    const left = await database.prepared<{ email_id: string }>(
      'test_left',
      'select email_id from spool_attempt',
      [],
    );
    assert.deepEqual(
      left.map((row) => emailIdOf(row.email_id)),
      [young],
    );
  });

  test('a journal is cut; who is further behind is told so, and nobody else', async () => {
    const account = await world().account();
    const mailboxId = await account.idOf('INBOX');
    await account.append('INBOX', NO_FLAGS);
    const old = await account.ask('snapshot', { mailboxId, afterUid: 0, limit: 10 });
    await account.append('INBOX', NO_FLAGS, NO_FLAGS);
    await account.ask('expunge', { mailboxId, uids: '1', always: true });
    const since = (sinceModSeq: number) => ({ mailboxId, sinceModSeq, claimRecent: false });
    assert.equal((await account.ask('changes', since(old.modSeq))).expunged, '1');

    assert.equal(await run(journal()), 0);
    assert.ok((await run(journal(), 31 * DAY_MS)) > 0);
    assert.equal(await count(world(), 'journal'), 0);
    assert.equal(await account.refused('changes', since(old.modSeq)), 'too-old');
    const now = await account.ask('snapshot', { mailboxId, afterUid: 0, limit: 10 });
    await account.append('INBOX', NO_FLAGS);
    const { columns, modSeq } = await account.ask('changes', since(now.modSeq));
    assert.deepEqual(columns.uids, [4]);
    assert.deepEqual((await account.ask('changes', since(modSeq))).columns.uids, []);
  });

  test('changes elsewhere in the account take a session of a quiet mailbox along', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'Quiet' });
    const mailboxId = await account.idOf('Quiet');
    const { modSeq } = await account.ask('snapshot', { mailboxId, afterUid: 0, limit: 10 });
    await account.append('INBOX', NO_FLAGS);
    const since = (sinceModSeq: number) => ({ mailboxId, sinceModSeq, claimRecent: false });
    const moved = await account.ask('changes', since(modSeq));
    assert.ok(moved.modSeq > modSeq);
    await run(journal(), 31 * DAY_MS);
    assert.deepEqual(
      (await account.ask('changes', since(modSeq))).columns.uids,
      [],
      'nothing is missing here',
    );
    await account.append('Quiet', NO_FLAGS);
    assert.deepEqual((await account.ask('changes', since(moved.modSeq))).columns.uids, [1]);
    assert.equal(await account.refused('changes', since(modSeq)), 'too-old');
  });

  test('a snapshot of a mailbox that was quiet for long is not too old', async () => {
    const account = await world().account();
    await account.ask('create', { name: 'Quiet' });
    const mailboxId = await account.idOf('Quiet');
    await account.append('INBOX', NO_FLAGS);
    await run(journal(), 31 * DAY_MS);
    const { modSeq } = await account.ask('snapshot', { mailboxId, afterUid: 0, limit: 10 });
    await account.append('Quiet', NO_FLAGS);
    const { columns } = await account.ask('changes', { mailboxId, sinceModSeq: modSeq, claimRecent: false });
    assert.deepEqual(columns.uids, [1]);
  });

  test('mail for an account that is gone becomes mail for its domain, once a recipient', async () => {
    const { database, spool } = world().ports;
    const [one, other] = [await world().account(), await world().account()];
    const line = 'Return-Path: <s@far.example>\r\n';
    const inline = Buffer.from(`${line}Subject: x\r\n\r\nx\r\n`);
    const message = { ...staged('x'), inline, size: inline.length };
    await deleteAccount(database, one.address);
    await deleteAccount(database, other.address);
    await spool.enqueue({
      message,
      reversePath: 's@far.example',
      recipients: [one, other].map(({ id, address }, i) => ({
        target: { kind: 'local' as const, account: id, forwardPath: address },
        // RFC 3461: who wants to hear nothing hears nothing of this either.
        notify: i === 0 ? Notify.Never : 0,
      })),
      returnPathBytes: line.length,
      body: '7bit',
      smtpUtf8: false,
    });
    assert.equal(await run(orphanedDeliveries()), 2);
    assert.equal(await count(world(), 'spool_local'), 0);
    const rows = await database.kysely.selectFrom('spool_remote').selectAll().execute();
    assert.deepEqual(rows.map((row) => row.forward_path).sort(), [one.address, other.address].sort());
    assert.deepEqual(rows.map((row) => row.recipient_no).sort(), [100_000, 100_001]);
    assert.equal(rows.find((row) => row.forward_path === one.address)?.notify, Notify.Never);
    assert.equal(rows.find((row) => row.forward_path === other.address)?.notify, 0);
    for (const row of rows) {
      assert.equal(row.destination, 'example.test');
      assert.equal(row.partition, partitionOf('example.test'));
      assert.equal(row.return_path_bytes, line.length);
      assert.equal(row.reverse_path, 's@far.example');
      assert.equal(emailIdOf(row.email_id), message.emailId);
    }
    await cancel(database, {});
    await run(releasedMessages(), DAY_MS + HOUR_MS);
  });

  test('an account that goes during a delivery does not take the mail along', async (t) => {
    const { database, spool } = world().ports;
    if (database.kind === 'pglite') return t.skip('one connection: nothing is concurrent');
    const account = await world().account();
    const message = staged('late');
    // Held back from the store: the partition of another.
    const entry = { partition: -1, account: account.id, emailId: message.emailId };
    await spool.enqueue({
      message,
      reversePath: '',
      recipients: [],
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    await database.prepared(
      'test_entry',
      "insert into spool_local values ($1, $2, $3, $4, '', $5, $6, null)",
      [entry.partition, entry.account, entry.emailId, message.size, account.address, Date.now()],
    );
    let delivering: Promise<unknown> | undefined;
    await database.transaction(async (trx) => {
      await trx.deleteFrom('account').where('account_id', '=', Number(account.id)).execute();
      await trx.deleteFrom('mailbox').where('account_id', '=', Number(account.id)).execute();
      delivering = deliverLocal(database, context.fence(), [entry], Date.now()).catch(
        (error: unknown) => error,
      );
      for (;;) {
        const waiting = await database.prepared(
          'test_waiting',
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          [],
        );
        if (waiting.length > 0) break;
      }
    });
    assert.ok((await delivering) instanceof Error, 'the delivery is not done');
    assert.equal(await count(world(), 'spool_local'), 1);
    assert.equal(await run(orphanedDeliveries()), 1);
    await cancel(database, {});
    await run(releasedMessages(), DAY_MS + HOUR_MS);
  });

  test('the metrics tell how much mail waits, and for how long', async () => {
    const { database, metrics, spool } = world().ports;
    const message = staged('waits');
    const recipients = [1, 2].map((no) => ({
      target: { kind: 'remote' as const, destination: 'far.test', forwardPath: `r${no}@far.test` },
    }));
    await spool.enqueue({
      message,
      recipients,
      reversePath: '',
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    await database.prepared('test_age', 'update spool_remote set queued_at = queued_at - 90000', []);

    const text = await metrics.text();
    const value = (name: string, kind: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name}{kind="${kind}"} `))
          ?.split(' ')[1],
      );
    assert.equal(value('cartero_spool_entries', 'remote'), 2);
    assert.equal(value('cartero_spool_entries', 'local'), await count(world(), 'spool_local'));
    const age = value('cartero_spool_oldest_seconds', 'remote');
    assert.ok(age >= 90 && age < 600, `${age} s`);
    await cancel(database, {});
  });

  test('nothing is written once the leases are gone', async () => {
    const account = await world().account();
    const emailId = await store(account, 'fenced');
    await account.ask('expunge', { mailboxId: await account.idOf('INBOX'), always: true });
    const fenced = {
      ...context,
      fence: () => ({ replicaId: 'nobody' }),
      now: () => Date.now() + 40 * DAY_MS,
    };
    for (const job of [releasedMessages(), requestReplies(), attempts(), journal()])
      await assert.rejects(job.round(fenced), FenceLost, job.name);
    assert.deepEqual(await stored(world(), [emailId]), [emailId]);
  });
});

async function store(account: AccountWorld, text: string): Promise<EmailId> {
  const message = staged(text);
  await account.ports.storage.commit(message);
  return put(account, message.emailId);
}

async function put(account: AccountWorld, emailId: EmailId): Promise<EmailId> {
  const messages = [{ emailId, size: 10, internalDate: Date.now(), flags: NO_FLAGS }];
  await account.ask('append', { requestId: requestId(), name: 'INBOX', messages });
  return emailId;
}

/** A message as it was stored when its id was made. */
async function plant(world: World, emailId: EmailId): Promise<void> {
  await world.ports.database.prepared(
    'test_plant',
    "insert into message (email_id, size, chunks, structure, inline, stored_at) values ($1, 1, 0, '', 'x', 0)",
    [emailId],
  );
}

/** Those of these messages whose bytes are there, in the order of their ids. */
async function stored(world: World, emailIds: readonly EmailId[]): Promise<EmailId[]> {
  const rows = await world.ports.database.prepared<{ email_id: string }>(
    'test_stored',
    'select email_id from message where email_id = any($1::uuid[]) order by email_id',
    [emailIds],
  );
  return rows.map((row) => emailIdOf(row.email_id));
}

async function count(
  world: World,
  table: 'message_release' | 'message_chunk' | 'request_reply' | 'journal' | 'spool_local',
): Promise<number> {
  const { n } = await world.ports.database.kysely
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { start } from '../../../services/mailbox-store/service.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { partitionOf } from '../../../shared/actor/partition.ts';
import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import { deliverLocal, type LocalEntry, waitingLocal } from '../../../shared/spool/deliver.ts';
import { Notify, type Submission } from '../../../shared/spool/port.ts';
import { createRemoteSpool } from '../../../shared/spool/remote.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { missing } from '../../servers.ts';
import { staged, until } from '../../services/mailbox-store/world.ts';

for (const kind of ['pglite', 'postgres'] as const) {
  describe(`local spool entries, on ${kind}`, { skip: kind === 'postgres' && missing('postgres') }, () => {
    let opened: TestPorts;
    let accounts = 0;
    const ports = () => opened.ports;
    const database = () => opened.ports.database;

    before(async () => {
      opened = await openTestPorts(kind, { SPOOL_POLL: '50ms' });
      await createDomain(database(), 'example.test');
    });
    after(() => opened?.close());

    const account = async (): Promise<string> => {
      const made = await createAccount(database(), {
        address: `s${++accounts}@example.test`,
        password: 'secret',
      });
      assert.ok('accountId' in made);
      return made.accountId;
    };
    const replica = async (): Promise<{ replicaId: string }> => {
      const replicaId = `test/${randomUUID()}`;
      const expires_at = new Date(Date.now() + 3_600_000);
      await database()
        .kysely.insertInto('replica')
        .values({ replica_id: replicaId, kind: 'test', name: 'test', expires_at })
        .execute();
      return { replicaId };
    };
    const submission = (...to: string[]): Submission => ({
      message: staged(`mail ${randomUUID()}`),
      reversePath: 'sender@example.org',
      recipients: to.map((id) => ({
        target: { kind: 'local', account: id, forwardPath: `${id}@example.test` },
      })),
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    const entry = (id: string, emailId: EmailId): LocalEntry => ({
      partition: partitionOf(id),
      account: id,
      emailId,
    });
    const waiting = async (id: string): Promise<string[]> => {
      const rows = await database()
        .kysely.selectFrom('spool_local')
        .select('email_id')
        .where('partition', '=', partitionOf(id))
        .where('account_id', '=', Number(id))
        .execute();
      return rows.map(({ email_id }) => email_id.replaceAll('-', '')).sort();
    };
    const inbox = async (id: string): Promise<{ uid: number; emailId: string }[]> => {
      const rows = await database()
        .kysely.selectFrom('mailbox_message')
        .select(['uid', 'email_id'])
        .where('account_id', '=', Number(id))
        .orderBy('uid')
        .execute();
      return rows.map(({ uid, email_id }) => ({ uid, emailId: email_id.replaceAll('-', '') }));
    };

    test('who asked to be told of success has a report in the spool, in the same transaction; others have none', async () => {
      const [one, two, three] = [await account(), await account(), await account()];
      const mail: Submission = {
        ...submission(one, two, three),
        envelopeId: 'E1',
        returnContent: 'headers',
        requireTls: true,
      };
      const asked = mail.recipients.map((recipient, i) => ({
        ...recipient,
        notify: [Notify.Success | Notify.Failure, Notify.Failure, 0][i],
        originalRecipient: 'rfc822;them',
      }));
      const silent: Submission = {
        ...submission(one),
        reversePath: '',
        recipients: asked.slice(0, 1),
      };
      await Promise.all([
        ports().spool.enqueue({ ...mail, recipients: asked }),
        ports().spool.enqueue(silent),
      ]);
      const entries = [one, two, three].map((id) => entry(id, mail.message.emailId));
      const fence = await replica();
      await deliverLocal(database(), fence, [...entries, entry(one, silent.message.emailId)], Date.now());
      await deliverLocal(database(), fence, entries, Date.now());
      const due = await createRemoteSpool(database(), ports().bus).due('example.test', Date.now(), 10);
      const reports = due.filter(({ emailId }) => emailId === mail.message.emailId);
      assert.equal(reports.length, 1);
      const {
        forwardPath,
        reversePath,
        notify,
        originalRecipient,
        envelopeId,
        returnContent,
        report,
        requireTls,
      } = reports[0]!;
      assert.deepEqual(
        {
          forwardPath,
          reversePath,
          notify,
          originalRecipient,
          envelopeId,
          returnContent,
          report,
          requireTls,
        },
        {
          forwardPath: `${one}@example.test`,
          reversePath: 'sender@example.org',
          notify: 6,
          originalRecipient: 'rfc822;them',
          envelopeId: 'E1',
          returnContent: 'headers',
          report: 'delivered',
          requireTls: true,
        },
      );
      assert.ok(due.every(({ emailId }) => emailId !== silent.message.emailId));
      assert.equal((await inbox(three)).length, 1);
    });

    test("mail that is held is nobody's to deliver before its time", async () => {
      const id = await account();
      const heldUntil = Date.now() + 60_000;
      const mail = { ...submission(id), heldUntil };
      await ports().spool.enqueue(mail);
      const due = (before: number) => waitingLocal(database(), [partitionOf(id)], before, 1_000);
      const isThere = (entries: LocalEntry[]) =>
        entries.some(({ emailId }) => emailId === mail.message.emailId);
      assert.equal(isThere(await due(heldUntil - 1)), false);
      assert.equal(isThere(await due(heldUntil)), true);
    });

    test('enqueue commits the message and one entry a mailbox, however often it is asked', async () => {
      const [one, two] = [await account(), await account()];
      const mail = submission(one, two, one);
      const { emailId } = mail.message;
      await Promise.all([ports().spool.enqueue(mail), ports().spool.enqueue(mail)]);
      assert.deepEqual(await ports().spool.enqueue(mail), { emailId });
      assert.deepEqual([await waiting(one), await waiting(two)], [[emailId], [emailId]]);
      const bytes = await ports().storage.readAll(emailId, 0, mail.message.size);
      assert.deepEqual(bytes, Buffer.from(mail.message.inline));

      const fence = await replica();
      const delivered = await deliverLocal(database(), fence, [entry(one, emailId)], Date.now());
      assert.partialDeepStrictEqual(delivered.get(one), { account: one, uidNext: 2, messages: 1 });
      await ports().spool.enqueue(mail);
      assert.deepEqual([await waiting(one), await waiting(two)], [[], [emailId]]);
      assert.deepEqual(await inbox(one), [{ uid: 1, emailId }]);
    });

    test('a message of many recipients', async () => {
      const ids = await Promise.all(Array.from({ length: 30 }, () => account()));
      const mail = submission(...ids);
      await ports().spool.enqueue(mail);
      const fence = await replica();
      const entries = ids.map((id) => entry(id, mail.message.emailId));
      assert.equal((await deliverLocal(database(), fence, entries, Date.now())).size, 30);
      for (const id of ids) assert.deepEqual(await inbox(id), [{ uid: 1, emailId: mail.message.emailId }]);
    });

    test('two that deliver the same entries at once deliver each of them once', async () => {
      const ids = [await account(), await account(), await account()];
      const mails = Array.from({ length: 20 }, () => submission(...ids));
      await Promise.all(mails.map((mail) => ports().spool.enqueue(mail)));
      const entries = mails.flatMap((mail) => ids.map((id) => entry(id, mail.message.emailId)));
      const deliver = async (order: readonly LocalEntry[]): Promise<number> => {
        const fence = await replica();
        for (;;) {
          try {
            const done = await deliverLocal(database(), fence, order, Date.now());
            return [...done.values()].reduce((sum, { messages }) => sum + messages, 0);
          } catch (error) {
            // Postgres ends one of two that wait for each other; a poll brings its entries back.
            if (!(error instanceof DatabaseUnavailable)) throw error;
          }
        }
      };
      const counts = await Promise.all(
        [entries, entries.toReversed(), [...entries, ...entries]].map(deliver),
      );
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        entries.length,
      );
      const expected = mails.map(({ message }) => message.emailId).sort();
      for (const id of ids) {
        const got = await inbox(id);
        assert.deepEqual(
          got.map(({ uid }) => uid),
          Array.from({ length: 20 }, (_, index) => index + 1),
        );
        assert.deepEqual(got.map(({ emailId }) => emailId).sort(), expected);
        assert.deepEqual(await waiting(id), []);
      }
    });

    test('whose leases were taken over delivers nothing', async () => {
      const id = await account();
      const mail = submission(id);
      await ports().spool.enqueue(mail);
      const fence = await replica();
      await database()
        .kysely.updateTable('replica')
        .set({ alive: false })
        .where('replica_id', '=', fence.replicaId)
        .execute();
      const entries = [entry(id, mail.message.emailId)];
      await assert.rejects(deliverLocal(database(), fence, entries, Date.now()), FenceLost);
      await assert.rejects(deliverLocal(database(), { replicaId: 'never' }, entries, Date.now()), FenceLost);
      assert.deepEqual([await inbox(id), await waiting(id)], [[], [mail.message.emailId]]);
      await deliverLocal(database(), await replica(), entries, Date.now());
      assert.equal((await inbox(id)).length, 1);
    });

    test('an entry of an account that is gone stays, and holds nobody up', async () => {
      const id = await account();
      const nobody = '987654321';
      const mail = submission(nobody, id);
      await ports().spool.enqueue(mail);
      const entries = [entry(nobody, mail.message.emailId), entry(id, mail.message.emailId)];
      const delivered = await deliverLocal(database(), await replica(), entries, Date.now());
      assert.deepEqual([...delivered.keys()], [id]);
      assert.deepEqual(await waiting(nobody), [mail.message.emailId]);
      assert.equal((await deliverLocal(database(), await replica(), [entry(id, makeEmailId())], 0)).size, 0);

      const next = submission(nobody, id);
      await ports().spool.enqueue(next);
      const partitions = [partitionOf(nobody), partitionOf(id)];
      assert.deepEqual(
        await waitingLocal(database(), partitions, Date.now(), 1),
        [{ ...entry(id, next.message.emailId), traceparent: null, junk: false }],
        'the poll is not filled with entries that nobody can take',
      );
      assert.deepEqual(await waitingLocal(database(), partitions, 0, 1), []);
      assert.deepEqual(await waitingLocal(database(), [], Date.now(), 1), []);
    });

    test('what no hint told of is found by the poll', async () => {
      const id = await account();
      const mail = submission(id);
      const bus = ports().bus;
      const publish = bus.publish;
      bus.publish = (subject, ...rest) => {
        if (!subject.startsWith('spool.')) publish.call(bus, subject, ...rest);
      };
      const store = await start(ports(), opened.config);
      try {
        await ports().spool.enqueue(mail);
        await until('the delivery', async () => (await inbox(id)).length === 1);
      } finally {
        bus.publish = publish;
        await store.stop(0);
      }
    });
  });
}

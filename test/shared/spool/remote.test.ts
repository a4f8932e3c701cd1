import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { partitionOf } from '../../../shared/actor/partition.ts';
import type { Submission } from '../../../shared/spool/port.ts';
import { createRemoteSpool, type RemoteEntry } from '../../../shared/spool/remote.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { missing } from '../../servers.ts';
import { staged } from '../../services/mailbox-store/world.ts';

const FAR = Date.now() + 86_400_000;

for (const kind of ['pglite', 'postgres'] as const) {
  describe(`remote spool entries, on ${kind}`, { skip: kind === 'postgres' && missing('postgres') }, () => {
    let opened: TestPorts;
    let names = 0;
    const database = () => opened.ports.database;
    const spool = () => createRemoteSpool(database(), opened.ports.bus);

    before(async () => {
      opened = await openTestPorts(kind);
    });
    after(() => opened?.close());

    const destination = (): string => `d${++names}.example.org`;
    const submission = (...to: string[]): Submission => ({
      message: staged(`mail ${randomUUID()}`),
      reversePath: 'sender@example.test',
      recipients: to.map((domain, index) => ({
        target: { kind: 'remote', destination: domain, forwardPath: `r${index}@${domain}` },
      })),
      returnPathBytes: 7,
      body: '8bit',
      smtpUtf8: true,
    });
    const replica = async (alive = true): Promise<{ replicaId: string }> => {
      const replicaId = `test/${randomUUID()}`;
      const expires_at = new Date(Date.now() + 3_600_000);
      await database()
        .kysely.insertInto('replica')
        .values({ replica_id: replicaId, kind: 'test', name: 'test', alive, expires_at })
        .execute();
      return { replicaId };
    };
    const due = (domain: string, now = FAR): Promise<RemoteEntry[]> => spool().due(domain, now, 100);
    const attempts = (mail: Submission) =>
      database()
        .kysely.selectFrom('spool_attempt')
        .select(['recipient_no', 'outcome', 'status', 'reply', 'remote', 'forward_path'])
        .where('email_id', '=', mail.message.emailId)
        .orderBy('recipient_no')
        .execute();

    test('an entry comes back as it was enqueued', async () => {
      const domain = destination();
      const mail: Submission = {
        ...submission(domain),
        recipients: [
          {
            target: { kind: 'remote', destination: domain, forwardPath: `ünï@${domain}` },
            notify: 6,
            originalRecipient: 'rfc822;x',
          },
        ],
        envelopeId: 'E1',
        returnContent: 'headers',
        traceparent: '00-1-2-01',
      };
      await Promise.all([opened.ports.spool.enqueue(mail), opened.ports.spool.enqueue(mail)]);
      const [entry, ...more] = await due(domain);
      assert.deepEqual(more, []);
      assert.ok(entry);
      const { queuedAt, nextAttemptAt, ...rest } = entry;
      assert.equal(queuedAt, nextAttemptAt);
      assert.deepEqual(rest, {
        destination: domain,
        emailId: mail.message.emailId,
        recipientNo: 0,
        forwardPath: `ünï@${domain}`,
        reversePath: 'sender@example.test',
        size: mail.message.size,
        returnPathBytes: 7,
        body: '8bit',
        smtpUtf8: true,
        notify: 6,
        originalRecipient: 'rfc822;x',
        envelopeId: 'E1',
        returnContent: 'headers',
        attempts: 0,
        delayNotifiedAt: undefined,
        lastReply: undefined,
        traceparent: '00-1-2-01',
        priority: 0,
        requireTls: false,
        deliverBy: undefined,
        report: undefined,
        signer: undefined,
        forwarded: false,
        heldMs: 0,
        pinned: false,
        sender: 'sender@example.test',
        uncertain: false,
      });
    });

    test('what few messages ask for is kept, and a held one is not due before', async () => {
      const [domain, other] = [destination(), destination()];
      const heldUntil = Date.now() + 3_600_000;
      const deliverBy = { at: 5_000, mode: 'return', trace: true } as const;
      const mail: Submission = {
        ...submission(domain),
        requireTls: true,
        priority: -3,
        deliverBy,
        heldUntil,
        recipients: [
          {
            target: { kind: 'remote', destination: domain, forwardPath: `a@${domain}` },
            reversePath: 'owner-list@example.test',
          },
          {
            target: { kind: 'remote', destination: domain, forwardPath: `b@${domain}` },
            report: 'over-quota',
          },
        ],
      };
      // In one commit with mail that asks for nothing.
      await Promise.all([opened.ports.spool.enqueue(mail), opened.ports.spool.enqueue(submission(other))]);
      // Its time is the database's, which may be ahead of ours.
      assert.equal((await due(other, heldUntil - 1)).length, 1);
      assert.deepEqual(await due(domain, heldUntil - 1), []);
      const [first, second] = await due(domain, heldUntil);
      assert.ok(first && second);
      const { priority, requireTls, queuedAt, reversePath, report } = first;
      assert.deepEqual(
        { priority, requireTls, queuedAt, reversePath, report, deliverBy: first.deliverBy },
        {
          priority: -3,
          requireTls: true,
          queuedAt: heldUntil,
          reversePath: 'owner-list@example.test',
          report: undefined,
          deliverBy,
        },
      );
      assert.equal(second.report, 'over-quota');
      assert.equal(second.reversePath, 'sender@example.test');
    });

    test('a higher priority is claimed first, whatever waits longer', async () => {
      const domain = destination();
      const marks = [0, -9, 4, 9, 0];
      for (const [index, priority] of marks.entries()) {
        const { message, ...rest } = submission(domain);
        await opened.ports.spool.enqueue({ ...rest, message, priority });
        await database()
          .kysely.updateTable('spool_remote')
          .set({ next_attempt_at: index })
          .where('email_id', '=', message.emailId)
          .execute();
      }
      const order = (await due(domain, 100)).map(
        ({ priority, nextAttemptAt }) => `${priority}@${nextAttemptAt}`,
      );
      assert.deepEqual(order, ['9@3', '4@2', '0@0', '0@4', '-9@1']);
      assert.deepEqual(
        (await spool().due(domain, 100, 2)).map(({ priority }) => priority),
        [9, 4],
      );
      assert.deepEqual(
        (await due(domain, 1)).map(({ priority }) => priority),
        [0, -9],
      );
    });

    test('one message to many destinations and to one of them twice', async () => {
      const [one, two] = [destination(), destination()];
      const mail = submission(one, two, one);
      await opened.ports.spool.enqueue(mail);
      assert.deepEqual((await due(one)).map(({ recipientNo }) => recipientNo).sort(), [0, 2]);
      assert.deepEqual(
        (await due(two)).map(({ recipientNo }) => recipientNo),
        [1],
      );
    });

    test('what is due: by partition, those that wait longest first, nothing before its time', async () => {
      const domains = [destination(), destination(), destination()];
      const partitions = domains.map(partitionOf);
      const at = (index: number) => (3 - index) * 1_000;
      for (const [index, domain] of domains.entries()) {
        await opened.ports.spool.enqueue(submission(domain, domain));
        await database()
          .kysely.updateTable('spool_remote')
          .set({ next_attempt_at: at(index) })
          .where('destination', '=', domain)
          .where('recipient_no', '=', 0)
          .execute();
        await database()
          .kysely.updateTable('spool_remote')
          .set({ next_attempt_at: at(index) + 10 })
          .where('destination', '=', domain)
          .where('recipient_no', '=', 1)
          .execute();
      }
      assert.deepEqual(await spool().destinationsDue(partitions, 5_000, 10), domains.toReversed());
      assert.deepEqual(await spool().destinationsDue(partitions, 5_000, 1), [domains[2]]);
      assert.deepEqual(await spool().destinationsDue(partitions, 1_500, 10), [domains[2]]);
      assert.deepEqual(await spool().destinationsDue([], 5_000, 10), []);
      assert.deepEqual(await spool().destinationsDue([partitions[1]!], 5_000, 10), [domains[1]]);
      assert.deepEqual(
        (await due(domains[2]!, 1_000)).map(({ recipientNo }) => recipientNo),
        [0],
      );
      assert.deepEqual(
        (await due(domains[2]!, 2_000)).map(({ recipientNo }) => recipientNo),
        [0, 1],
      );
      assert.equal((await spool().due(domains[2]!, 2_000, 1)).length, 1);
    });

    test('settle: what is over and calls for no DSN goes under the fence, once, and its bytes are released', async () => {
      const domain = destination();
      const mail = submission(domain, domain, domain);
      await opened.ports.spool.enqueue(mail);
      const [ok, bad, untouched] = (await due(domain)).sort((a, b) => a.recipientNo - b.recipientNo);
      const outcomes = [
        { kind: 'delivered', entry: ok!, reply: '250 ok', remote: 'mx' },
        { kind: 'failed', entry: bad!, reply: '550 no', status: '5.1.1', remote: 'mx' },
      ] as const;
      await assert.rejects(spool().settle(await replica(false), domain, outcomes, []), FenceLost);
      assert.deepEqual([(await due(domain)).length, await attempts(mail)], [3, []]);
      const fence = await replica();
      await spool().settle(fence, domain, outcomes, []);
      assert.deepEqual(await due(domain), [untouched]);
      assert.deepEqual(
        (await attempts(mail)).map(({ recipient_no, outcome, status }) => [recipient_no, outcome, status]),
        [
          [0, 'delivered', '2.0.0'],
          [1, 'failed', '5.1.1'],
        ],
      );
      const released = () =>
        opened.ports.database.prepared(
          'released',
          'select email_id from message_release where email_id = $1::uuid',
          [mail.message.emailId],
        );
      assert.equal((await released()).length, 1);
      await spool().settle(fence, domain, outcomes, []);
      assert.equal((await released()).length, 1, 'settled again, nothing is released again');
    });

    test('settle: delivered and failed go, retries wait, the DSN comes, in one transaction', async () => {
      const [domain, back] = [destination(), destination()];
      const mail = submission(domain, domain, domain, domain);
      await opened.ports.spool.enqueue(mail);
      const [ok, bad, later, untouched] = (await due(domain)).sort((a, b) => a.recipientNo - b.recipientNo);
      const at = FAR + 5_000;
      const remote = 'mx.example.org';
      const dsn = submission(back);
      const outcomes = [
        { kind: 'delivered', entry: ok!, reply: '250 ok', remote },
        { kind: 'failed', entry: bad!, reply: '550 no', status: '5.1.1', remote },
        {
          kind: 'retry',
          entry: later!,
          reply: '451 later',
          status: '4.2.0',
          remote,
          at,
          delayNotifiedAt: 77,
        },
      ] as const;

      await assert.rejects(spool().settle(await replica(false), domain, outcomes, [dsn]), FenceLost);
      assert.equal((await due(domain)).length, 4, 'a lost fence settles nothing');
      assert.deepEqual([await attempts(mail), await due(back)], [[], []]);

      const broken = { ...dsn, message: { ...dsn.message, emailId: 'no uuid' } };
      await assert.rejects(spool().settle(await replica(), domain, outcomes, [broken]));
      assert.equal((await due(domain)).length, 4, 'a DSN that cannot be written settles nothing');
      assert.deepEqual(await attempts(mail), []);

      await spool().settle(await replica(), domain, outcomes, [dsn]);
      assert.deepEqual(await due(domain), [untouched]);
      const [waits] = await due(domain, at).then((entries) =>
        entries.filter(({ recipientNo }) => recipientNo === 2),
      );
      assert.deepEqual(waits, {
        ...later,
        attempts: 1,
        nextAttemptAt: at,
        lastReply: '451 later',
        delayNotifiedAt: 77,
      });
      assert.equal((await due(back))[0]?.emailId, dsn.message.emailId);
      assert.deepEqual(await attempts(mail), [
        {
          recipient_no: 0,
          outcome: 'delivered',
          status: '2.0.0',
          reply: '250 ok',
          remote,
          forward_path: `r0@${domain}`,
        },
        {
          recipient_no: 1,
          outcome: 'failed',
          status: '5.1.1',
          reply: '550 no',
          remote,
          forward_path: `r1@${domain}`,
        },
        {
          recipient_no: 2,
          outcome: 'retry',
          status: '4.2.0',
          reply: '451 later',
          remote,
          forward_path: `r2@${domain}`,
        },
      ]);

      const again = {
        kind: 'retry',
        entry: waits!,
        reply: '452',
        status: '4.3.1',
        remote,
        at: at + 1,
      } as const;
      await spool().settle(await replica(), domain, [again], []);
      const [still] = (await due(domain, at + 1)).filter(({ recipientNo }) => recipientNo === 2);
      assert.partialDeepStrictEqual(still, { attempts: 2, delayNotifiedAt: 77, lastReply: '452' });
      await opened.ports.spool.enqueue(mail);
      assert.equal(
        (await due(domain, at + 1)).length,
        2,
        'enqueued again after it was settled: nothing comes back',
      );
    });

    test('behind a backlog: some entries of each sender, and the newest; senders go round', async () => {
      const domain = destination();
      const from = (reversePath: string) => ({ ...submission(domain), reversePath });
      const mails = [
        ...Array.from({ length: 30 }, (_, i) => from(`news+${i}@example.test`)),
        from('Alice@example.test'),
        from('bob=x@example.test'),
      ];
      for (const mail of mails) await opened.ports.spool.enqueue(mail);
      const { entries, after } = await spool().othersDue(domain, 0, FAR, '');
      const walked = Map.groupBy(entries.slice(0, 7), ({ sender }) => sender);
      assert.deepEqual(
        [...walked].map(([sender, some]) => `${sender} ${some.length}`),
        ['alice@example.test 1', 'bob@example.test 1', 'news@example.test 5'],
      );
      assert.deepEqual(
        new Set(entries.slice(7).map(({ emailId }) => emailId)),
        new Set(mails.slice(-25).map(({ message }) => message.emailId)),
      );
      assert.equal(after, '', 'the walk came to its end');
      const many = destination();
      for (let i = 0; i < 60; i++)
        await opened.ports.spool.enqueue({ ...submission(many), reversePath: `s${100 + i}@example.test` });
      const first = await spool().othersDue(many, 0, FAR, '');
      assert.equal(first.after, 's149@example.test');
      const second = await spool().othersDue(many, 0, FAR, first.after);
      assert.ok(second.entries.some(({ sender }) => sender === 's159@example.test'));
      assert.equal(second.after, '');
      assert.equal((await spool().othersDue(many, 5, FAR, '')).entries.length, 0);
    });

    test('a destination behind the backlog of another one in its partition is found, however long the backlog', async () => {
      const crowd = destination();
      const partition = partitionOf(crowd);
      const others: string[] = [];
      for (let i = 0; others.length < 12; i++)
        if (partitionOf(`x${i}.example`) === partition) others.push(`x${i}.example`);
      for (let i = 0; i < 30; i++) await opened.ports.spool.enqueue(submission(crowd));
      const later = Date.now() + 1_000;
      for (const domain of others)
        await opened.ports.spool.enqueue({ ...submission(domain), heldUntil: later });
      const looking = spool();
      const found = new Set<string>();
      for (let look = 0; look < 3; look++)
        for (const domain of await looking.destinationsDue([partition], FAR, 100)) found.add(domain);
      for (const domain of [crowd, ...others]) assert.ok(found.has(domain), domain);
      const now = await looking.destinationsDue([partition], later - 1, 100);
      assert.ok(!now.some((domain) => others.includes(domain)), 'what is held is not due');
    });

    test('what is over at several destinations is settled together, each under its own fence', async () => {
      const [one, two, three] = [destination(), destination(), destination()];
      const mail = submission(one, two, three);
      await opened.ports.spool.enqueue(mail);
      const fence = await replica();
      const gone = await replica(false);
      const together = spool();
      const outcomeOf = async (domain: string) => {
        const [entry] = await due(domain);
        return [{ kind: 'delivered', entry: entry!, reply: '250 ok', remote: 'mx', tls: 'clear' }] as const;
      };
      const settled = await Promise.allSettled([
        together.settle(fence, one, await outcomeOf(one), []),
        together.settle(gone, two, await outcomeOf(two), []),
        together.settle(fence, three, await outcomeOf(three), []),
      ]);
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.ok((settled[1] as PromiseRejectedResult).reason instanceof FenceLost);
      assert.deepEqual(
        [(await due(one)).length, (await due(two)).length, (await due(three)).length],
        [0, 1, 0],
      );
      const noted = await database()
        .kysely.selectFrom('spool_attempt')
        .select(['destination', 'recipient_no', 'tls'])
        .where('email_id', '=', mail.message.emailId)
        .orderBy('recipient_no')
        .execute();
      assert.deepEqual(noted, [
        { destination: one, recipient_no: 0, tls: 'clear' },
        { destination: three, recipient_no: 2, tls: 'clear' },
      ]);
    });
  });
}

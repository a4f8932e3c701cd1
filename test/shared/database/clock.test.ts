import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { unreferredMessages } from '../../../services/mailbox-store/housekeeping/unreferred-messages.ts';
import { DatabaseClock } from '../../../shared/database/clock.ts';
import { timeOfEmailId } from '../../../shared/mailbox/email-id.ts';
import { CHUNK_BYTES } from '../../../shared/storage/port.ts';
import { openTestPorts } from '../../ports.ts';
import { missing } from '../../servers.ts';

const HOUR_MS = 3_600_000;
const near = (one: number, other: number): void =>
  assert.ok(Math.abs(one - other) < 60_000, `${one} is near ${other}`);

test('the clock keeps to the last answer, and not to one that took long', async () => {
  const clock = new DatabaseClock();
  near(clock.now(), Date.now());
  await clock.look(async () => 5_000_000);
  near(clock.now(), 5_000_000);
  await clock.look(() => new Promise((resolve) => setTimeout(resolve, 1_100, 9_000_000)));
  near(clock.now(), 5_000_000);
  await assert.rejects(
    clock.look(() => Promise.reject(new Error('away'))),
    /away/,
  );
  near(clock.now(), 5_000_000);
});

for (const hours of [48, -48]) {
  test(`a process whose wall clock is ${hours} h wrong`, { skip: missing('postgres') }, async () => {
    const right = Date.now();
    mock.timers.enable({ apis: ['Date'], now: right + hours * HOUR_MS });
    try {
      await using test = await openTestPorts('postgres');
      const { database, spool, storage } = test.ports;
      near(database.now(), right);

      const writer = storage.create();
      near(timeOfEmailId(writer.emailId), right);
      await writer.write(Buffer.alloc(CHUNK_BYTES + 10, 'x'));
      // Housekeeping finds the chunks of a message that is still coming in, and leaves them.
      await database.prepared(
        'join',
        `insert into replica values ('r', 'mailbox', 'r', true, false, now() + interval '1 h')`,
        [],
      );
      const context = { database, fence: () => ({ replicaId: 'r' }), now: () => database.now() };
      assert.equal((await unreferredMessages().round(context)).items, 0);

      const { emailId } = await spool.enqueue({
        message: await writer.finish(),
        reversePath: '',
        recipients: [
          { target: { kind: 'remote', destination: 'a.test', forwardPath: 'x@a.test' } },
          { target: { kind: 'local', account: '7', forwardPath: 'x@b.test' } },
        ],
        returnPathBytes: 0,
        body: '7bit',
        smtpUtf8: false,
      });
      const [row] = await database.prepared<{ local: number; due: number }>(
        'times',
        'select l.queued_at as local, r.next_attempt_at as due from spool_local l join spool_remote r using (email_id) where email_id = $1',
        [emailId],
      );
      near(row!.local, right);
      near(row!.due, right);
    } finally {
      mock.timers.reset();
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporary } from '../../../services/relay-worker/condition.ts';
import { verdict } from '../../../services/relay-worker/verdict.ts';
import { NO_EXTENSIONS } from '../../../shared/protocol/smtp/client-extensions.ts';
import { ReplyParser } from '../../../shared/protocol/smtp/reply-parser.ts';

function reply(text: string | null) {
  if (text === null) return null;
  const parser = new ReplyParser();
  parser.receive(Buffer.from(`${text}\r\n`));
  const parsed = parser.next();
  return typeof parsed === 'object' && 'code' in parsed ? parsed : assert.fail(text);
}

const LOST = temporary('4.4.2', 'mx timed out', 'mx');
const server = { remote: 'mx', extensions: NO_EXTENSIONS };

const table: [string, string | null, string | null, string | null, string][] = [
  ['all well', '250 m', '250 r', '250 2.0.0 queued', 'delivered 250 2.0.0 queued'],
  ['251 is well too', '250 m', '251 forwarded', '250 q', 'delivered 250 q'],
  ['MAIL refused counts for all', '550 5.7.1 m', '503 r', null, 'for good 5.7.1 nothing'],
  ['MAIL refused for now', '451 m', '503 r', null, 'for now 4.0.0 another-host'],
  ['RCPT refused', '250 m', '550 no', '250 q', 'for good 5.0.0 nothing'],
  ['RCPT refused for now', '250 m', '450 4.2.0 later', '250 q', 'for now 4.2.0 another-host'],
  ['the message refused', '250 m', '250 r', '554 5.6.0 spam', 'for good 5.6.0 nothing'],
  ['the message refused for now', '250 m', '250 r', '421 bye', 'for now 4.3.2 another-host'],
  ['452 without a status: full', '250 m', '452 too many', '250 q', 'for now 4.5.3 another-transaction'],
  ['452 with its status', '250 m', '452 4.5.3 too many', '250 q', 'for now 4.5.3 another-transaction'],
  ['452 for another reason', '250 m', '452 4.3.1 no space', '250 q', 'for now 4.3.1 another-host'],
  ['552 of an old server', '250 m', '552 too many', '250 q', 'for now 4.5.3 another-transaction'],
  ['552: the mailbox is full', '250 m', '552 5.2.2 full', '250 q', 'for good 5.2.2 nothing'],
  ['lost before RCPT', '250 m', null, null, 'for now 4.4.2 another-host'],
  ['refused, then lost', '250 m', '550 5.1.1 no', null, 'for good 5.1.1 nothing'],
];

for (const [name, mail, rcpt, data, expected] of table) {
  test(`verdict: ${name}`, () => {
    const progress = { mail: reply(mail), recipients: [reply(rcpt)], data: reply(data) };
    const made = verdict({ progress, lost: LOST, uncertain: false }, 0, server);
    const said =
      made.kind === 'delivered'
        ? `delivered ${made.reply}`
        : `${made.condition.permanent ? 'for good' : 'for now'} ${made.condition.status} ${made.next}`;
    assert.equal(said, expected);
  });
}

test('verdict: lost after the final dot, no other host is asked', () => {
  const progress = { mail: reply('250 m'), recipients: [reply('250 r'), reply('450 later')], data: null };
  const lost = { progress, lost: LOST, uncertain: true };
  assert.deepEqual(verdict(lost, 0, server), {
    kind: 'refused',
    condition: LOST,
    next: 'nothing',
    uncertain: true,
  });
  const other = verdict(lost, 1, server);
  assert.ok(other.kind === 'refused' && other.next === 'another-host');
});

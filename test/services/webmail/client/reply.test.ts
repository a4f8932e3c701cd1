import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Email } from '../../../../services/webmail/client/src/jmap/types.ts';
import {
  escapeHtml,
  forwardSubject,
  quoteText,
  replyHeaders,
} from '../../../../services/webmail/client/src/model/reply.ts';

const address = (email: string) => ({ name: null, email });
const email = (more: Partial<Email>): Email =>
  ({
    from: [address('ana@x')],
    to: [address('me@x'), address('bob@x')],
    cc: [address('carla@x'), address('ME@x')],
    subject: 'Lunch',
    messageId: ['m2@x'],
    references: ['m0@x', 'm1@x'],
    replyTo: null,
    ...more,
  }) as Email;
const emails = (list: readonly { email: string }[]) => list.map((one) => one.email);

describe('an answer', () => {
  test('goes to the author; to all but oneself when all are asked for', () => {
    const one = replyHeaders(email({}), ['me@x'], false);
    assert.deepEqual([emails(one.to), emails(one.cc)], [['ana@x'], []]);
    const all = replyHeaders(email({}), ['me@x'], true);
    assert.deepEqual([emails(all.to), emails(all.cc)], [['ana@x'], ['bob@x', 'carla@x']]);
  });

  test('goes to Reply-To, and to what oneself wrote to its recipients', () => {
    assert.deepEqual(emails(replyHeaders(email({ replyTo: [address('list@x')] }), ['me@x'], false).to), [
      'list@x',
    ]);
    const own = replyHeaders(email({ from: [address('me@x')], to: [address('bob@x')] }), ['me@x'], true);
    assert.deepEqual([emails(own.to), emails(own.cc)], [['bob@x'], ['carla@x']]);
  });

  test('names what it answers, and the chain before it (RFC 5322 §3.6.4)', () => {
    const { inReplyTo, references } = replyHeaders(email({}), [], false);
    assert.deepEqual([inReplyTo, references], [['m2@x'], ['m0@x', 'm1@x', 'm2@x']]);
    const many = Array.from({ length: 500 }, (_, index) => `r${index}@x`);
    const cut = replyHeaders(email({ references: many }), [], false).references;
    assert.deepEqual([cut.length, cut[0], cut.at(-1)], [100, 'r0@x', 'm2@x']);
  });

  test('has one Re:, whatever language the last one was of', () => {
    for (const subject of ['Re: Lunch', 'AW: Lunch', 'RE[2]: Lunch'])
      assert.equal(replyHeaders(email({ subject }), [], false).subject, subject);
    assert.equal(replyHeaders(email({}), [], false).subject, 'Re: Lunch');
    assert.equal(forwardSubject(email({ subject: null })), 'Fwd:');
  });

  test('quotes line by line', () => {
    assert.equal(quoteText('a\r\n\r\n> b\r\n'), '> a\n>\n>> b');
  });

  test('no mark of a text is one of HTML', () => {
    assert.doesNotMatch(escapeHtml('<img src="x" onerror=\'a\'>&'), /[<>"']|&(?!#)/);
  });
});

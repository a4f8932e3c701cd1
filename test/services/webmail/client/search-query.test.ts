import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Mailbox } from '../../../../services/webmail/client/src/jmap/types.ts';
import { parseSearch } from '../../../../services/webmail/client/src/model/search-query.ts';

const mailbox = (id: string, name: string, parentId: string | null = null, role: Mailbox['role'] = null) =>
  ({ id, name, parentId, role }) as Mailbox;
const MAILBOXES = [
  mailbox('1', 'INBOX', null, 'inbox'),
  mailbox('2', 'Archive', null, 'archive'),
  mailbox('3', 'Two words'),
  mailbox('4', '2025', '2'),
];
const day = (year: number, month: number, date: number): string =>
  new Date(year, month - 1, date).toISOString().replace('.000Z', 'Z');

describe('what is typed into the search field', () => {
  for (const [query, expected] of [
    ['hello', { text: 'hello' }],
    ['"two words"', { text: 'two words' }],
    ['from:ana', { from: 'ana' }],
    ['FROM:"Ana García"', { from: 'Ana García' }],
    ['subject:lunch', { subject: 'lunch' }],
    ['has:attachment', { hasAttachment: true }],
    ['is:unread', { notKeyword: '$seen' }],
    ['is:flagged', { hasKeyword: '$flagged' }],
    ['in:inbox', { inMailbox: '1' }],
    ['in:archive/2025', { inMailbox: '4' }],
    ['in:"two words"', { inMailbox: '3' }],
    ['in:nowhere', { text: 'in:nowhere' }],
    ['before:2026-01-31', { before: day(2026, 1, 31) }],
    ['after:31.12.2025', { after: day(2025, 12, 31) }],
    ['before:2026-02-31', { text: 'before:2026-02-31' }],
    ['larger:5M', { minSize: 5 * 1024 * 1024 }],
    ['-from:bob', { operator: 'NOT', conditions: [{ from: 'bob' }] }],
    ['http://x', { text: 'http://x' }],
    ['from:', { text: 'from:' }],
    ['from:ana lunch', { operator: 'AND', conditions: [{ from: 'ana' }, { text: 'lunch' }] }],
    ['- "', { text: '-' }],
  ] as const) {
    test(query, () => assert.deepEqual(parseSearch(query, MAILBOXES), expected));
  }

  test('nothing is no filter, and a thousand words are cut', () => {
    assert.equal(parseSearch('  ', MAILBOXES), undefined);
    const many = parseSearch('a '.repeat(1000), MAILBOXES);
    assert.equal((many as { conditions: unknown[] }).conditions.length, 32);
  });
});

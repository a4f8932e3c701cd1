import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatMailboxName } from '../../../../shared/protocol/imap/mailbox-name.ts';
import { parseCommand } from '../../../../shared/protocol/imap/parse-command.ts';

describe('mailbox names', () => {
  const NAMES: readonly (readonly [string, string, string])[] = [
    ['INBOX', 'INBOX', 'INBOX'],
    ['a b', '"a b"', '"a b"'],
    ['Entwürfe', 'Entw&APw-rfe', '"Entwürfe"'],
    ['a&b', 'a&-b', 'a&b'],
    ['日"本', '&ZeU-"&Zyw-', '"日\\"本"'],
  ];
  for (const [name, rev1, rev2] of NAMES) {
    test(name, () => {
      if (!name.includes('"')) assert.equal(formatMailboxName(name, false), rev1);
      const utf8 = formatMailboxName(name, true);
      assert.equal(Buffer.from(utf8, 'latin1').toString('utf8'), rev2);
      const parsed = parseCommand(Buffer.from(`a SELECT ${utf8}\r\n`, 'latin1'), true);
      assert.ok('command' in parsed && parsed.command.name === 'SELECT');
      assert.equal(parsed.command.mailbox, name);
    });
  }

  test('what is no UTF-8 is refused', () => {
    assert.ok('problem' in parseCommand(Buffer.from('a SELECT "\xfc"\r\n', 'latin1'), true));
    assert.ok('problem' in parseCommand(Buffer.from('a SELECT "\xc3\xbc"\r\n', 'latin1'), false));
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Mailbox } from '../../../../services/webmail/client/src/jmap/types.ts';
import { KeyReader, SEQUENCE_MS } from '../../../../services/webmail/client/src/model/keyboard.ts';
import { mailboxTree } from '../../../../services/webmail/client/src/model/mailbox-tree.ts';
import { pagesAround, visibleRows } from '../../../../services/webmail/client/src/model/windows.ts';

describe('a list of a hundred thousand', () => {
  test('draws what is seen and a little more', () => {
    const { first, last } = visibleRows({ scrollTop: 76 * 50_000, height: 760 }, 76, 100_000);
    assert.deepEqual([first, last], [49_992, 50_018]);
    assert.deepEqual(visibleRows({ scrollTop: 0, height: 760 }, 76, 3), { first: 0, last: 2 });
    assert.deepEqual(visibleRows({ scrollTop: 0, height: 760 }, 76, 0), { first: 0, last: -1 });
  });

  test('asks for the pages of it', () => {
    assert.deepEqual(pagesAround(49_992, 50_018, 100_000), [999, 1000]);
    assert.deepEqual(pagesAround(0, 20, 100_000), [0]);
    assert.deepEqual(pagesAround(99_990, 99_999, 100_000), [1999]);
    assert.deepEqual(pagesAround(0, 0, 0), []);
    assert.deepEqual(pagesAround(0, -1, 1), [0]);
  });
});

describe('keys', () => {
  test('one after the other, within a while', () => {
    const keys = new KeyReader();
    assert.equal(keys.press('j', 0), 'next');
    assert.equal(keys.press('g', 0), undefined);
    assert.equal(keys.press('i', SEQUENCE_MS), 'goInbox');
    assert.equal(keys.press('g', 0), undefined);
    assert.equal(keys.press('i', SEQUENCE_MS + 1), undefined);
    assert.equal(keys.press('g', 0), undefined);
    assert.equal(keys.press('r', 1), 'reply');
    assert.equal(keys.press('q', 2), undefined);
  });
});

test('mailboxes stand by role and name, children under their parent, orphans on top, and a loop ends', () => {
  const box = (id: string, name: string, parentId: string | null = null, role: Mailbox['role'] = null) =>
    ({ id, name, parentId, role, sortOrder: 0 }) as Mailbox;
  const boxes = [
    box('5', 'b 10'),
    box('4', 'b 9'),
    box('3', 'Trash', null, 'trash'),
    box('2', 'Kid', '1'),
    box('1', 'INBOX', null, 'inbox'),
    box('6', 'Orphan', '99'),
    box('7', 'Loop', '8'),
    box('8', 'Loop', '7'),
  ];
  const shown = (collapsed: string[]) =>
    mailboxTree(boxes, new Set(collapsed)).map(({ mailbox, depth }) => `${'-'.repeat(depth)}${mailbox.name}`);
  assert.deepEqual(shown([]), ['INBOX', '-Kid', 'Trash', 'b 9', 'b 10', 'Orphan']);
  assert.deepEqual(shown(['1']).slice(0, 2), ['INBOX', 'Trash']);
});

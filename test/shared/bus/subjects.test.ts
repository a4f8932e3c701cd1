import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubjectTree } from '../../../shared/bus/subject-tree.ts';
import {
  gatewayKick,
  lastToken,
  mailbox,
  mailboxChanged,
  subjects,
  token,
} from '../../../shared/bus/subjects.ts';

test('subjects are what the design says', () => {
  assert.equal(mailbox(17, 'select'), 'mailbox.17.select');
  assert.equal(subjects.spoolLocal(3), 'spool.local.3');
  assert.equal(subjects.spoolRemote(255), 'spool.remote.255');
  assert.equal(lastToken(mailbox(17, 'select')), 'select');
});

test('no name can reach into another subject', () => {
  for (const name of ['a.b', '*', '>', 'a b', 'host.example.org-4711', 'é', '', 'a=b', 'a\r\nPUB x']) {
    const subject = mailboxChanged(name);
    assert.match(subject, /^mailbox\.changed\.[A-Za-z0-9_=-]+$/, name);
  }
  assert.equal(gatewayKick('imap-gateway-1'), 'gateway.kick.imap-gateway-1');
});

test('different names are different tokens', () => {
  const names = ['a.b', 'a=2Eb', 'a=b', 'a', '', '=', 'A', 'é', 'e'];
  assert.equal(new Set(names.map(token)).size, names.length);
});

test('the tree forgets what was removed', () => {
  const tree = new SubjectTree<string>();
  tree.add('a.*.c', 'one');
  tree.add('a.b.>', 'two');
  assert.deepEqual(tree.match('a.b.c').sort(), ['one', 'two']);
  tree.remove('a.*.c', 'one');
  tree.remove('a.*.c', 'never there');
  tree.remove('x.y', 'never there');
  assert.deepEqual(tree.match('a.b.c'), ['two']);
  tree.remove('a.b.>', 'two');
  assert.deepEqual(tree.match('a.b.c'), []);
});

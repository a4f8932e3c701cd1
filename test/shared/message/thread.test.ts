import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ThreadedMessage,
  threadOrderedSubject,
  threadReferences,
  threadRefs,
} from '../../../shared/message/thread.ts';
import { formatThreads } from '../../../shared/protocol/imap/format-thread.ts';

/** `id<ref,ref subject`, one a word; numbered from 1, a minute apart. */
function messages(text: string): ThreadedMessage[] {
  return text.split(' ').map((word, at) => {
    const [, id, refs, subject] = /^([\w-]*)(?:<([\w,]+))?(?::(.*))?$/.exec(word)!;
    const isReply = subject?.startsWith('re-') ?? false;
    return {
      messageId: id === '' || id === '-' ? null : id!,
      references: refs?.split(',') ?? [],
      subject: (isReply ? subject!.slice(3) : subject) ?? '',
      isReply,
      date: at * 60_000,
    };
  });
}

const show = (threads: ReturnType<typeof threadRefs>): string => formatThreads(threads, (at) => at + 1);

describe('THREAD=REFERENCES (RFC 5256 §3)', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['one', 'a', '(1)'],
    ['none', '', '(1)'],
    ['a chain', 'a b<a c<a,b', '(1 2 3)'],
    ['replies of one', 'a b<a c<a', '(1 (2)(3))'],
    ['a missing parent of two', 'b<a c<a', '((1)(2))'],
    ['a missing parent of one', 'c<a,b', '(1)'],
    ['missing ones in between', 'a d<a,b,c e<a,b', '(1 (2)(3))'],
    ['the child comes first', 'c<a,b b<a a', '(3 2 1)'],
    ['a loop', 'a<b b<a', '(2 1)'],
    ['its own parent', 'a<a b<a', '(1 2)'],
    ['the same id twice', 'a a b<a', '(1 3)(2)'],
    ['a link that is there stays', 'a z b<z c<a,b', '(1)(2 3 4)'],
    ['subjects: a reply joins', 'a:x b:re-x', '(1 2)'],
    ['subjects: two that are no replies are siblings', 'a:x b:x', '((1)(2))'],
    ['subjects: a reply that came first', 'a:re-x b:x', '(2 1)'],
    ['subjects: three', 'a:x b:x c:re-x', '((1)(2)(3))'],
    ['subjects: under a missing parent', 'b<a:x c<a:re-x d:re-x', '((1)(2)(3))'],
    ['no subject joins nothing', 'a b', '(1)(2)'],
  ];
  for (const [name, text, threads] of table)
    test(name, () => assert.equal(show(threadReferences(messages(text))), threads));
});

test('THREAD=REFS: by references alone, threads by their latest message', () => {
  assert.equal(show(threadRefs(messages('a:x b:x c<a'))), '(2)(1 3)');
});

test('THREAD=ORDEREDSUBJECT: two levels, by date', () => {
  assert.equal(show(threadOrderedSubject(messages('a:x b:y c:x d:x'))), '(1 (3)(4))(2)');
});

test('a thread as deep as the mailbox is long, in either order', () => {
  const count = 20_000;
  const chain = Array.from(
    { length: count },
    (_, at): ThreadedMessage => ({
      messageId: `m${at}`,
      references: at === 0 ? [] : [`m${at - 1}`],
      subject: 's',
      isReply: at > 0,
      date: at,
    }),
  );
  const all = Array.from({ length: count }, (_, at) => at + 1).join(' ');
  assert.equal(show(threadReferences(chain)), `(${all})`);
  const seen = show(threadReferences([...chain].reverse())).match(/\d+/g)!;
  assert.equal(new Set(seen).size, count, 'each message once');
});

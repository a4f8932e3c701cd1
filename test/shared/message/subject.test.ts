import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseSubject } from '../../../shared/message/subject.ts';

/** RFC 5256 §2.1; the last column: a reply or forward. */
const TABLE: readonly (readonly [string, string, boolean])[] = [
  ['', '', false],
  ['hello', 'hello', false],
  ['  hello \t there  ', 'hello there', false],
  ['Re: hello', 'hello', true],
  ['RE : hello', 'hello', true],
  ['re[2]: hello', 'hello', true],
  ['Fw: hello', 'hello', true],
  ['FWD: hello', 'hello', true],
  ['Re: Fwd: re: hello', 'hello', true],
  ['hello (fwd)', 'hello', true],
  ['hello (FWD) (fwd)  ', 'hello', true],
  ['[list] hello', 'hello', false],
  ['[list] Re: hello', 'hello', true],
  ['Re: [list] hello', 'hello', true],
  ['Re: [list] [x] Re: [y] hello', 'hello', true],
  ['[a][b] [c]hello', 'hello', false],
  ['[list]', '[list]', false],
  ['[a] [b]', '[b]', false],
  ['Re: [list]', '[list]', true],
  ['[Fwd: hello]', 'hello', true],
  ['[fwd: [Fwd: Re: hello (fwd)]]', 'hello', true],
  ['Re: [fwd: hello] x', 'x', true],
  ['Re:', '', true],
  ['Re', 'Re', false],
  ['Reply: hello', 'Reply: hello', false],
  ['Forward: hello', 'Forward: hello', false],
  ['[open hello', '[open hello', false],
  ['(fwd)', '', true],
];

describe('baseSubject', () => {
  for (const [subject, base, isReplyOrForward] of TABLE) {
    it(JSON.stringify(subject), () => assert.deepEqual(baseSubject(subject), { base, isReplyOrForward }));
  }
});

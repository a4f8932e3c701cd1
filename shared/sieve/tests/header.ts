import type { ArgumentReader } from '../arguments.ts';
import { fieldText } from '../header.ts';
import { readIndex } from '../index-tag.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5228 §5.7. */
export function headerTest(read: ArgumentReader): Test {
  const matcher = readMatcher(read);
  const index = readIndex(read);
  const names = read.strings();
  const keys = read.strings();
  read.end();
  return (run) => {
    const values = names.flatMap((name) => run.header.named(name(run), index).map(fieldText));
    return matcher.matches(run, values, keys);
  };
}

import type { ArgumentReader } from '../arguments.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5229 §5. An empty source does not count for :count. */
export function stringTest(read: ArgumentReader): Test {
  read.need('variables');
  const counts = read.node.arguments.some((one) => one.kind === 'tag' && one.name === 'count');
  const matcher = readMatcher(read);
  const sources = read.strings();
  const keys = read.strings();
  read.end();
  return (run) => {
    const values = sources.map((source) => source(run));
    return matcher.matches(run, counts ? values.filter((value) => value !== '') : values, keys);
  };
}

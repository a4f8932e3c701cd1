import type { ArgumentReader } from '../arguments.ts';
import type { Test } from '../program.ts';

/** RFC 5228 §5.5. */
export function existsTest(read: ArgumentReader): Test {
  const names = read.strings();
  read.end();
  return (run) => names.every((name) => run.header.named(name(run)).length > 0);
}

import type { ArgumentReader } from '../arguments.ts';
import { flagsIn } from '../flags.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5232 §4. */
export function hasFlagTest(read: ArgumentReader): Test {
  read.need('imap4flags');
  const matcher = readMatcher(read);
  const first = read.constants();
  const named = read.left > 0;
  if (named) read.need('variables');
  const variables = named ? first : undefined;
  const keys = named ? read.strings() : first.map((text) => () => text);
  read.end();
  return (run) => {
    const values =
      variables === undefined
        ? run.flags
        : variables.flatMap((name) => flagsIn([run.variable(name.toLowerCase())]));
    const wanted = keys.map((key) => key(run)).flatMap((key) => key.split(' '));
    return matcher.matches(
      run,
      values,
      wanted.map((key) => () => key),
    );
  };
}

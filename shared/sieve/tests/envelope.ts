import { readAddressPart } from '../address-part.ts';
import type { ArgumentReader } from '../arguments.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5228 §5.4: "from" and "to". */
export function envelopeTest(read: ArgumentReader): Test {
  read.need('envelope');
  const part = readAddressPart(read);
  const matcher = readMatcher(read);
  const names = read.strings();
  const keys = read.strings();
  read.end();
  return (run) => {
    const { reversePath, forwardPath, detailSeparators } = run.context;
    const values: string[] = [];
    for (const name of names) {
      const field = name(run).toLowerCase();
      const path = field === 'from' ? reversePath : field === 'to' ? forwardPath : undefined;
      // RFC 5228 §5.4: the null reverse-path is an empty string, whatever part is asked for.
      const value = path === undefined ? null : path === '' ? '' : part(path, detailSeparators);
      if (value !== null) values.push(value);
    }
    return matcher.matches(run, values, keys);
  };
}

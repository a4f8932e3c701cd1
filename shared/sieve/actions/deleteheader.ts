import type { ArgumentReader } from '../arguments.ts';
import { fieldText } from '../header.ts';
import { readIndex } from '../index-tag.ts';
import { readMatcher } from '../match.ts';
import type { Command } from '../program.ts';

/** RFC 5293 §5: the trace of the message's way stays as it is. */
const KEPT: ReadonlySet<string> = new Set(['received', 'return-path', 'auto-submitted']);

export function deleteHeader(read: ArgumentReader): Command {
  read.need('editheader');
  const index = readIndex(read);
  const matcher = readMatcher(read);
  const name = read.string();
  const patterns = read.left > 0 ? read.strings() : undefined;
  read.end();
  return (run) => {
    const field = name(run).toLowerCase();
    if (KEPT.has(field)) return;
    const found = run.header
      .named(field, index)
      .filter((each) => patterns === undefined || matcher.matches(run, [fieldText(each)], patterns));
    run.header.remove(new Set(found));
  };
}

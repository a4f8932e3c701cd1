import type { ArgumentReader } from '../arguments.ts';
import { flagsOf } from '../flags.ts';
import type { Command } from '../program.ts';

/** RFC 5228 §4.3. */
export function keep(read: ArgumentReader): Command {
  const flags = read.tagStrings('flags', 'imap4flags');
  read.end();
  return (run) => {
    run.act({ kind: 'keep', flags: flagsOf(run, flags) });
    run.implicitKeep = false;
  };
}

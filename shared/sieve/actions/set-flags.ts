import type { ArgumentReader } from '../arguments.ts';
import { flagsIn } from '../flags.ts';
import type { Command } from '../program.ts';

/** `setflag`, `addflag`, `removeflag` (RFC 5232 §3), on the internal variable or a named one. */
export function setFlags(read: ArgumentReader): Command {
  read.need('imap4flags');
  const named = read.left > 1;
  if (named) read.need('variables');
  const variable = named ? read.constant().toLowerCase() : undefined;
  const list = read.strings();
  read.end();
  const combine = COMBINE[read.node.name as keyof typeof COMBINE];
  return (run) => {
    const before = variable === undefined ? run.flags : flagsIn([run.variable(variable)]);
    const after = combine(before, flagsIn(list.map((text) => text(run))));
    if (variable === undefined) run.flags = after;
    else run.setVariable(variable, after.join(' '));
  };
}

const COMBINE = {
  setflag: (_: readonly string[], flags: readonly string[]) => flags,
  addflag: (before: readonly string[], flags: readonly string[]) => flagsIn([...before, ...flags]),
  removeflag: (before: readonly string[], flags: readonly string[]) => {
    const gone = new Set(flags.map((flag) => flag.toLowerCase()));
    return before.filter((flag) => !gone.has(flag.toLowerCase()));
  },
};

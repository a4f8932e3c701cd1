import type { ArgumentReader } from '../arguments.ts';
import type { Command } from '../program.ts';

/** RFC 5228 §4.4. */
export function discard(read: ArgumentReader): Command {
  read.end();
  return (run) => {
    run.implicitKeep = false;
  };
}

import type { ArgumentReader } from '../arguments.ts';
import { SieveRunError } from '../error.ts';
import type { Command } from '../program.ts';

/** `reject` and `ereject` (RFC 5429). The message was accepted long ago, so both report back to the sender. */
export function reject(read: ArgumentReader): Command {
  read.need(read.node.name);
  const reason = read.string();
  read.end();
  return (run) => {
    // RFC 5429 §2.4: not beside another action.
    if (run.actions.length > 0) throw new SieveRunError('reject stands beside another action');
    run.act({ kind: 'reject', reason: reason(run) });
    run.implicitKeep = false;
  };
}

import { MAX_SCRIPT_BYTES } from '../../../../shared/sieve/limits.ts';
import type { Command } from '../commands.ts';
import { REFUSALS, Refused } from '../refusals.ts';

/** RFC 5804 §2.5: an answer for now; PUTSCRIPT has the last word. */
export const haveSpace: Command<'havespace'> = (session, { octets }) => {
  if (octets > MAX_SCRIPT_BYTES) throw new Refused(REFUSALS.tooLarge);
  session.engine.ok('there is room');
};

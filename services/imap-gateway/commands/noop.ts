import { type Outcome, ok } from '../outcome.ts';

/** RFC 3501 §6.1.2: what has changed is told before the response, as after any command. */
export function noop(): Outcome {
  return ok('NOOP completed');
}

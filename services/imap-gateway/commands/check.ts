import { type Outcome, ok } from '../outcome.ts';

/** RFC 3501 §6.4.1: everything is on disk already, so this is NOOP. */
export function check(): Outcome {
  return ok('CHECK completed');
}

import { timeOfEmailId } from '../mailbox/email-id.ts';
import type { EmailId } from '../mailbox/types.ts';

/**
 * A message that is longer than this on its way in is not taken any more. Chunks that nothing refers to are collected
 * when their id is a day old, so that bytes of a message under way never are.
 */
export const MAX_STAGED_MS = 12 * 3_600_000;

export class StagedTooLong extends Error {
  constructor(emailId: EmailId) {
    super(`message ${emailId} took too long to arrive`);
    this.name = 'StagedTooLong';
  }
}

/** Throws `StagedTooLong`. */
export function checkStaged(emailId: EmailId, now: number): void {
  if (now - timeOfEmailId(emailId) > MAX_STAGED_MS) throw new StagedTooLong(emailId);
}

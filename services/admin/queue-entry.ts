import { z } from 'zod';
import { showDistance, showSize } from './quantities.ts';

/** What the admin API says of an entry. */
export const queueEntry = z.object({
  kind: z.enum(['local', 'remote']),
  entryId: z.string(),
  emailId: z.string(),
  destination: z.string(),
  reversePath: z.string(),
  forwardPath: z.string(),
  size: z.number(),
  attempts: z.number(),
  queuedAt: z.number(),
  nextAttemptAt: z.number().nullable(),
  lastReply: z.string().nullable(),
});
type Entry = z.infer<typeof queueEntry>;

export const ENTRY_HEAD = ['id', 'from', 'to', 'size', 'age', 'attempts', 'next', 'last reply'];

export function entryCells(one: Entry): (string | number)[] {
  return [
    one.entryId,
    `<${one.reversePath}>`,
    `<${one.forwardPath}>`,
    showSize(one.size),
    showDistance(Math.min(one.queuedAt, Date.now())),
    one.attempts,
    next(one.nextAttemptAt),
    one.lastReply ?? (one.kind === 'local' ? 'for a mailbox here' : ''),
  ];
}

function next(at: number | null): string {
  if (at === null) return 'held';
  return at > Date.now() ? showDistance(at) : 'now';
}

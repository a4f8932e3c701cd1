import type { RemoteEntry } from '../../../shared/spool/remote.ts';

/** An entry of the spool with what a test does not care about. */
export function entryOf(given: Partial<RemoteEntry> = {}): RemoteEntry {
  return {
    destination: 'example.org',
    emailId: '0'.repeat(32),
    recipientNo: 0,
    forwardPath: 'bob@example.org',
    reversePath: 'alice@example.test',
    sender: given.reversePath ?? 'alice@example.test',
    size: 1_000,
    returnPathBytes: 36,
    body: '7bit',
    smtpUtf8: false,
    notify: 0,
    attempts: 0,
    queuedAt: 0,
    nextAttemptAt: 0,
    priority: 0,
    requireTls: false,
    ...given,
  };
}

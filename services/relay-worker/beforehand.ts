import type { RemoteEntry } from '../../shared/spool/remote.ts';
import { permanent } from './condition.ts';
import { unsayable } from './transaction.ts';
import { refused, type Verdict } from './verdict.ts';

/** What is known of an entry without asking anybody; null: it has to be tried. `now` in Unix milliseconds. */
export function beforehand(entry: RemoteEntry, now: number): Verdict | null {
  switch (entry.report) {
    case 'delivered':
    case 'expanded':
      return { kind: 'delivered', reply: '', remote: '', relayed: false, report: entry.report };
    case 'over-quota':
      return refused(permanent('5.2.2', `the mailbox of <${entry.forwardPath}> is full`));
    case undefined:
  }
  // RFC 2852 §4.1.1: what was to be given back when late is not sent any more.
  if (entry.deliverBy?.mode === 'return' && now >= entry.deliverBy.at)
    return refused(permanent('5.4.7', 'it could not be delivered within the time that its sender gave'));
  const condition = unsayable(entry);
  return condition === null ? null : refused(condition);
}

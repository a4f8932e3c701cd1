import type { ArgumentReader } from '../arguments.ts';
import type { Test } from '../program.ts';

/** `mailboxexists` (RFC 5490 §3.1). */
export function mailboxExistsTest(read: ArgumentReader): Test {
  read.need('mailbox');
  const names = read.strings();
  read.end();
  return (run) => names.every((name) => run.ask({ kind: 'mailbox', name: name(run) }));
}

/** `specialuse_exists` (RFC 8579 §3): all of the uses, of one mailbox when it is named. */
export function specialUseExistsTest(read: ArgumentReader): Test {
  read.need('special-use');
  const first = read.strings();
  const named = read.left > 0;
  if (named && first.length > 1) read.fail('one mailbox at most');
  const name = named ? first[0]! : undefined;
  const uses = named ? read.strings() : first;
  read.end();
  return (run) =>
    uses.every((use) =>
      run.ask({ kind: 'special-use', name: name?.(run) ?? null, use: use(run).replace(/^\\/, '') }),
    );
}

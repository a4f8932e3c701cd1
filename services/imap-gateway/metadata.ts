import { readEntryName } from '../../shared/mailbox/annotation.ts';
import type { MailboxReply } from '../../shared/mailbox/operations.ts';
import { formatAstring, formatNstring } from '../../shared/protocol/imap/format-string.ts';
import { formatMailbox } from './format-mailbox.ts';
import { REFUSALS, Refused } from './refusals.ts';
import type { ImapSession } from './session.ts';

/** Names of entries as they are stored. Throws `Refused` for what is none. */
export function entryNames(written: readonly string[], whole: boolean): string[] {
  return written.map((text) => {
    const name = readEntryName(text, whole);
    if (name === undefined) throw new Refused(REFUSALS.entry);
    return name;
  });
}

/** Tells values (RFC 5464 §4.4), if there are any. */
export function tellMetadata(
  session: ImapSession,
  mailbox: string,
  values: MailboxReply<'getMetadata'>['values'],
): void {
  if (values.length === 0) return;
  const told = values.map(({ entry, value }) => `${formatAstring(entry)} ${formatValue(value)}`);
  const name = mailbox === '' ? '""' : formatMailbox(session, mailbox);
  session.engine.out.line(`* METADATA ${name} (${told.join(' ')})`);
}

/** NUL may stand in a literal8 alone. */
function formatValue(base64: string | null): string {
  const value = base64 === null ? null : Buffer.from(base64, 'base64').toString('latin1');
  return value?.includes('\0') ? `~{${value.length}}\r\n${value}` : formatNstring(value);
}

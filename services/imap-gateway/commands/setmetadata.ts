import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { entryNames } from '../metadata.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 5464 §4.3: all values are set, or none. */
export async function setMetadata(
  session: ImapSession,
  command: CommandNamed<'SETMETADATA'>,
): Promise<Outcome> {
  const names = entryNames(
    command.values.map(({ entry }) => entry),
    true,
  );
  const values = command.values.map(({ value }, at) => ({
    entry: names[at]!,
    value: value === null ? null : value.toString('base64'),
  }));
  await session.ask('setMetadata', { name: command.mailbox, values });
  return ok('SETMETADATA completed');
}

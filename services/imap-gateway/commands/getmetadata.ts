import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { entryNames, tellMetadata } from '../metadata.ts';
import { type Outcome, ok } from '../outcome.ts';
import type { ImapSession } from '../session.ts';

/** RFC 5464 §4.2 */
export async function getMetadata(
  session: ImapSession,
  command: CommandNamed<'GETMETADATA'>,
): Promise<Outcome> {
  const { mailbox: name, maxSize, depth } = command;
  const entries = entryNames(command.entries, depth === 0);
  const size = maxSize === null ? {} : { maxSize };
  const { values, longest } = await session.ask('getMetadata', { name, entries, depth, ...size });
  tellMetadata(session, name, values);
  return ok('GETMETADATA completed', longest > 0 ? `METADATA LONGENTRIES ${longest}` : undefined);
}

import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import type { Outcome } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 4978. Bytes that came with it, before its answer, end the connection: they would be read as DEFLATE, or not. */
export async function compress(
  session: ImapSession,
  command: CommandNamed<'COMPRESS'>,
  tag: string,
): Promise<Outcome | null> {
  const { drive, engine } = session;
  if (command.mechanism !== 'DEFLATE') throw new Refused(REFUSALS.compression);
  if (drive.connection.compressed) throw new Refused(REFUSALS.compressed);
  engine.tagged(tag, 'OK', 'DEFLATE active');
  await drive.compress();
  return null;
}

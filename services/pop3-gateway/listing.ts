import type { MaildropMessage } from './maildrop.ts';
import type { Pop3Session } from './session.ts';

/** A line for each message not marked as deleted. */
export async function sendListing(
  session: Pop3Session,
  text: string,
  lineOf: (message: MaildropMessage) => string,
): Promise<void> {
  const { engine } = session;
  const { maildrop } = session.transaction;
  engine.begin(text);
  for (let number = 1; number <= maildrop.highest; number++) {
    const message = maildrop.message(number);
    if (message === undefined) continue;
    const line = lineOf(message);
    engine.line(line);
    const flushed = session.flushAfter(line.length + 2);
    if (flushed !== undefined) await flushed;
  }
  engine.end();
}

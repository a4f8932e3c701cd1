import { MultiLineEncoder } from '../../shared/protocol/pop3/multi-line.ts';
import type { MaildropMessage } from './maildrop.ts';
import { refusalOf } from './refusals.ts';
import type { Pop3Session } from './session.ts';

/**
 * Streams a message from storage as a multi-line response, of its body at most `bodyLines` lines. It holds one piece
 * at a time, and reads the next when the client has taken this one. When storage fails in the middle
 * the connection is cut, as a terminated response would make half a message look whole; then it resolves to false.
 */
export async function sendMessage(
  session: Pop3Session,
  message: MaildropMessage,
  text: string,
  bodyLines?: number,
): Promise<boolean> {
  const { engine, transaction, gateway } = session;
  const encoder = new MultiLineEncoder(bodyLines);
  const pieces = transaction.bytes.read(message)[Symbol.asyncIterator]();
  let piece = await pieces.next();
  engine.begin(text);
  try {
    while (!piece.done) {
      engine.data(encoder.write(piece.value));
      const flushed = session.flushAfter(piece.value.length);
      if (flushed !== undefined) await flushed;
      if (encoder.done) break;
      piece = await pieces.next();
    }
  } catch (error) {
    session.drive.destroy();
    if (refusalOf(error).expected) return false;
    gateway.metrics.failures.inc();
    gateway.ports.log.error({ err: error, emailId: message.emailId }, 'pop3 message cut off');
    return false;
  } finally {
    await pieces.return?.();
  }
  engine.data(encoder.end());
  engine.end();
  gateway.metrics.retrievedBytes.inc({}, encoder.octets);
  return true;
}

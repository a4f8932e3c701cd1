import type { Outcome } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.2.1. What was learnt in clear is forgotten; bytes sent before the handshake end the connection. */
export async function startTls(
  session: ImapSession,
  _command: unknown,
  tag: string,
): Promise<Outcome | null> {
  const { drive, engine, gateway } = session;
  if (drive.connection.secure !== null) throw new Refused(REFUSALS.tlsActive);
  session.client = undefined;
  engine.tagged(tag, 'OK', 'Begin TLS negotiation now');
  await drive.startTls(gateway.tls);
  return null;
}

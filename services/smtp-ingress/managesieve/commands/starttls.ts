import { tellCapabilities } from '../capabilities.ts';
import type { Command } from '../commands.ts';
import { REFUSALS, Refused } from '../refusals.ts';

/** RFC 5804 §2.2. Commands sent along with it in clear close the connection: somebody may have put them there. */
export const startTls: Command<'starttls'> = async (session) => {
  const { engine, drive, ingress } = session;
  if (drive.connection.secure !== null) throw new Refused(REFUSALS.tlsActive);
  engine.startTls('begin TLS negotiation');
  await drive.startTls(ingress.tls);
  engine.restart();
  tellCapabilities(session);
  engine.greet('TLS is active');
};

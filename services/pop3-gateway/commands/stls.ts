import type { Command } from '../commands.ts';
import { REFUSALS } from '../refusals.ts';

/** STLS (RFC 2595 §4). Commands sent along with it in clear close the connection: somebody may have put them there. */
export const stls: Command<'stls'> = async (session) => {
  const { engine, drive, gateway } = session;
  if (drive.connection.secure !== null) return session.refuse(REFUSALS.tlsActive);
  engine.startTls('begin TLS negotiation');
  await drive.startTls(gateway.tls);
  session.name = undefined;
  engine.restart();
};

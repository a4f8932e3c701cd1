import type { Command } from '../commands.ts';
import { REFUSALS, refusalOf } from '../refusals.ts';

/** QUIT (RFC 1939 §4, §6): in TRANSACTION it removes what is marked, all or none, then tells, then closes. */
export const quit: Command<'quit'> = async (session) => {
  const { engine, gateway, inTransaction } = session;
  try {
    if (inTransaction) await gateway.ports.tracing.span('pop3.update', {}, () => session.leave(true));
    engine.ok('bye');
  } catch (error) {
    const { expected } = refusalOf(error);
    if (!expected) gateway.ports.log.error({ err: error, remote: session.remote }, 'pop3 update failed');
    session.refuse(REFUSALS.notDeleted);
  }
  engine.close();
};

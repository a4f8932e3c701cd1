import type { Command } from '../commands.ts';
import { demandPasswordAllowed } from '../log-in.ts';

/** USER (RFC 1939 §7). The reply is the same whether or not there is such a name. */
export const user: Command<'user'> = (session, { name }) => {
  demandPasswordAllowed(session);
  session.name = name;
  session.engine.ok('send PASS');
};

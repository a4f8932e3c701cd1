import type { Command } from '../commands.ts';
import { logIn } from '../log-in.ts';
import { REFUSALS } from '../refusals.ts';

/** PASS (RFC 1939 §7), right after a USER. */
export const pass: Command<'pass'> = async (session, { password }) => {
  const { name } = session;
  session.name = undefined;
  if (name === undefined) return session.refuse(REFUSALS.userFirst);
  await logIn(session, name, password);
};

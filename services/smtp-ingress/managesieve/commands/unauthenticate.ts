import type { Command } from '../commands.ts';

/** RFC 5804 §2.14.1. */
export const unauthenticate: Command<'unauthenticate'> = (session) => {
  session.account = undefined;
  session.engine.unauthenticated();
  session.engine.ok('logged out');
};

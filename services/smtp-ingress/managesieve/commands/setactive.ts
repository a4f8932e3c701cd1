import type { Command } from '../commands.ts';

/** RFC 5804 §2.8: an empty name leaves no script active. */
export const setActive: Command<'setactive'> = async (session, { name }) => {
  await session.ask('activateScript', { name: name === '' ? null : name });
  session.engine.ok(name === '' ? 'no script is active' : 'the script is active');
};

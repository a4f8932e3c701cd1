import type { Command } from '../commands.ts';

export const checkScript: Command<'checkscript'> = async (session, { content }) => {
  await session.ask('checkScript', { content });
  session.engine.ok('the script is fine');
};

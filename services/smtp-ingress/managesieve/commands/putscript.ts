import type { Command } from '../commands.ts';

export const putScript: Command<'putscript'> = async (session, { name, content }) => {
  await session.ask('putScript', { name, content });
  session.engine.ok('kept');
};

import type { Command } from '../commands.ts';

export const getScript: Command<'getscript'> = async (session, { name }) => {
  const { content } = await session.ask('getScript', { name });
  session.engine.line([content]);
  session.engine.ok('that is it');
};

import type { Command } from '../commands.ts';

export const deleteScript: Command<'deletescript'> = async (session, { name }) => {
  await session.ask('deleteScript', { name });
  session.engine.ok('deleted');
};

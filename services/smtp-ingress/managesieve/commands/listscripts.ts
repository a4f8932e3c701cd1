import type { Command } from '../commands.ts';

export const listScripts: Command<'listscripts'> = async (session) => {
  const { scripts } = await session.ask('listScripts', {});
  for (const { name, active } of scripts) session.engine.line([name], ...(active ? ['ACTIVE'] : []));
  session.engine.ok('that is all');
};

import type { Command } from '../commands.ts';

export const renameScript: Command<'renamescript'> = async (session, { from, to }) => {
  await session.ask('renameScript', { from, to });
  session.engine.ok('renamed');
};

import type { Command } from '../commands.ts';

export const logout: Command<'logout'> = ({ engine }) => {
  engine.ok('good bye');
  engine.close();
};

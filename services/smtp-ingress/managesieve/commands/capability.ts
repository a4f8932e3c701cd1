import { tellCapabilities } from '../capabilities.ts';
import type { Command } from '../commands.ts';

export const capability: Command<'capability'> = (session) => {
  tellCapabilities(session);
  session.engine.ok('that is all');
};

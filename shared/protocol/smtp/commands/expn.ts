import { replies } from '../server-replies.ts';
import type { Command } from './command.ts';
import { readName } from './named.ts';

/** RFC 5321 §4.1.1.7. */
export const expn: Command = (server, { argument }) => {
  const { name, utf8 } = readName(argument);
  if (name === '') return server.wrong(replies.argumentMissing);
  return server.options.expand
    ? server.ask('expand', { type: 'expand', name, utf8 })
    : server.wrong(replies.expnDisabled);
};

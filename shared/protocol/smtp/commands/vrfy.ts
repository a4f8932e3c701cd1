import { replies } from '../server-replies.ts';
import type { Command } from './command.ts';
import { readName } from './named.ts';

/** RFC 5321 §3.5.3, §7.3: 252 unless the session has leave to say more. */
export const vrfy: Command = (server, { argument }) => {
  const { name, utf8 } = readName(argument);
  if (name === '') return server.wrong(replies.argumentMissing);
  return server.options.verify
    ? server.ask('verify', { type: 'verify', name, utf8 })
    : server.say(replies.verify);
};

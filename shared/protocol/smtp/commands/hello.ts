import { readDomain } from '../path.ts';
import { replies } from '../server-replies.ts';
import { multiLineReply, reply } from '../server-reply.ts';
import type { Command } from './command.ts';

/** HELO, EHLO (RFC 5321 §4.1.1.1) and LHLO (RFC 2033 §4.1): each forgets the transaction. */
export const hello: Command = (server, { verb, argument }) => {
  const { hostname, protocol } = server.options;
  if ((verb === 'LHLO') !== (protocol === 'lmtp')) return server.wrong(replies.wrongProtocol);
  if (argument === '') return server.wrong(replies.argumentMissing);
  if (readDomain(argument, 0)?.length !== argument.length) return server.wrong(replies.badHost);
  server.clientDomain = argument;
  server.extended = verb !== 'HELO';
  server.say(
    server.extended ? multiLineReply(250, [hostname, ...server.extensions]) : reply(250, null, hostname),
  );
  return server.reset();
};

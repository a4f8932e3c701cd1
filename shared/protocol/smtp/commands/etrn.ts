import { readDomain } from '../path.ts';
import { replies } from '../server-replies.ts';
import type { Command } from './command.ts';

/** `ETRN [option]node` (RFC 1985 §5.1): `@` for a domain with all below it and `#` for a queue are options nobody has to know. */
export const etrn: Command = (server, { argument }) => {
  if (!server.options.startQueue) return server.wrong(replies.etrnDisabled);
  if (argument === '') return server.wrong(replies.argumentMissing);
  if (readDomain(argument, 0)?.length !== argument.length) return server.wrong(replies.badHost);
  if (server.clientDomain === '') return server.wrong(replies.sayHelloFirst);
  if (server.transaction !== undefined) return server.wrong(replies.notInTransaction);
  return server.ask('start-queue', { type: 'start-queue', node: argument.toLowerCase() });
};

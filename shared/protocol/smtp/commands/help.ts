import type { ServerDialogue } from '../server-dialogue.ts';
import { replies } from '../server-replies.ts';
import { multiLineReply, reply, type ServerReply } from '../server-reply.ts';
import type { Command } from './command.ts';

const TOPICS: ReadonlyMap<string, string> = new Map([
  ['EHLO', 'EHLO <host name or address literal>'],
  ['HELO', 'HELO <host name>'],
  ['LHLO', 'LHLO <host name or address literal>'],
  ['MAIL', 'MAIL FROM:<address> [parameters]'],
  ['RCPT', 'RCPT TO:<address> [parameters]'],
  ['DATA', 'DATA'],
  ['BDAT', 'BDAT <octets> [LAST]'],
  ['RSET', 'RSET'],
  ['NOOP', 'NOOP'],
  ['QUIT', 'QUIT'],
  ['VRFY', 'VRFY <address>'],
  ['EXPN', 'EXPN <list>'],
  ['HELP', 'HELP [command | STATUS]'],
  ['ETRN', 'ETRN <domain>'],
  ['STARTTLS', 'STARTTLS'],
  ['AUTH', 'AUTH <mechanism> [initial response]'],
]);

const OVERVIEW = multiLineReply(
  214,
  [
    `Commands: ${[...TOPICS.keys()].join(' ')}`,
    'HELP and a command tells its form, HELP STATUS of this connection',
    'See RFC 5321',
  ],
  '2.0.0',
);

/** RFC 5321 §4.1.1.8. */
export const help: Command = (server, { argument }) => {
  const topic = argument.toUpperCase();
  if (topic === '') return server.say(OVERVIEW);
  if (topic === 'STATUS') return server.say(status(server));
  const form = TOPICS.get(topic);
  return form === undefined ? server.wrong(replies.noSuchTopic) : server.say(reply(214, '2.0.0', form));
};

/** 211 is the reply for the state of the system (RFC 5321 §4.2.3): here, what we know of this connection. */
function status(server: ServerDialogue): ServerReply {
  const { transaction } = server;
  return multiLineReply(
    211,
    [
      server.secure ? 'TLS is on' : 'TLS is off',
      server.authenticated ? 'Authenticated' : 'Not authenticated',
      transaction === undefined
        ? 'No mail transaction'
        : `A mail transaction with ${transaction.recipients} recipients`,
    ],
    '2.0.0',
  );
}

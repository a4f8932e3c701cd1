import { SaslDialogue, type SaslLineStep } from '../../sasl/dialogue.ts';
import type { ServerDialogue } from '../server-dialogue.ts';
import type { ServerEvent } from '../server-events.ts';
import { authFailures, replies } from '../server-replies.ts';
import { reply, type ServerReply } from '../server-reply.ts';
import type { Command } from './command.ts';

/** `AUTH mechanism [initial-response]` (RFC 4954 §4). */
export const auth: Command = (server, { argument }) => {
  const [mechanism = '', initial, ...rest] = argument.split(/ +/);
  if (mechanism === '') return server.wrong(replies.argumentMissing);
  if (rest.length > 0) return server.wrong(replies.argumentUnexpected);
  if (server.auth === 'never') return server.wrong(replies.authNotOffered);
  if (server.clientDomain === '') return server.wrong(replies.sayHelloFirst);
  if (server.authenticated) return server.wrong(replies.authAlready);
  if (server.transaction !== undefined) return server.wrong(replies.authInTransaction);
  if (!server.authOffered) return server.wrong(replies.authNeedsTls);
  const offer = server.options.sasl();
  const made = offer.create(mechanism);
  if (made === undefined)
    return server.wrong(offer.tooWeak?.(mechanism) ? replies.authTooWeak : replies.authMechanism);
  server.sasl = new SaslDialogue(made);
  return authStep(server, server.sasl.start(initial));
};

/** A line of the client within the exchange. */
export function authLine(server: ServerDialogue, line: Buffer | 'overlong'): ServerEvent | undefined {
  if (line === 'overlong') return failed(server, replies.authLineTooLong);
  return authStep(server, server.sasl!.line(line.toString('latin1')));
}

export function authStep(server: ServerDialogue, step: SaslLineStep): ServerEvent | undefined {
  switch (step.type) {
    case 'challenge':
      server.state = 'auth';
      return server.say(reply(334, null, step.text));
    case 'verify':
      return server.ask('auth', { type: 'auth', credentials: step.credentials });
    case 'success':
      server.state = 'command';
      server.authenticated = true;
      return server.say(replies.authenticated);
    case 'failure':
      return failed(server, authFailures[step.reason]);
  }
}

function failed(server: ServerDialogue, said: ServerReply): undefined {
  server.state = 'command';
  server.wrong(said);
}

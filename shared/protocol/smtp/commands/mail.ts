import { type MailParameters, parseMailParameters } from '../mail-parameters.ts';
import { afterKeyword, hasDomain, parsePath } from '../path.ts';
import type { ServerDialogue } from '../server-dialogue.ts';
import { replies } from '../server-replies.ts';
import type { ServerReply } from '../server-reply.ts';
import type { Command } from './command.ts';

/** `MAIL FROM:<reverse-path> [SP parameters]` (RFC 5321 §4.1.1.2), spaces after the colon allowed. */
export const mail: Command = (server, { argument, utf8 }) => {
  const start = afterKeyword(argument, 'FROM:');
  if (start === undefined) return server.wrong(replies.mailSyntax);
  const path = parsePath(argument, start);
  if (path === undefined || (path.address !== '' && !hasDomain(path.address)))
    return server.wrong(utf8 ? replies.badUtf8Address : replies.badReversePath);
  const parameters = parseMailParameters(argument.slice(path.end));
  if ('code' in parameters) return server.wrong(parameters);
  if (utf8 && !parameters.smtpUtf8) return server.wrong(replies.nonAsciiAddress);
  const { options } = server;
  if (server.clientDomain === '') return server.wrong(replies.sayHelloFirst);
  if (server.transaction !== undefined) return server.wrong(replies.nestedMail);
  const refusal = notOffered(server, parameters);
  if (refusal !== undefined) return server.wrong(refusal);
  if (options.maxTransactions !== undefined && server.transactions >= options.maxTransactions)
    return server.close(replies.tooManyTransactions);
  if (parameters.size > options.maxMessageBytes) return server.say(replies.tooLarge);
  return server.ask('mail', { type: 'mail', reversePath: path.address, ...parameters });
};

/** Parameters of extensions that EHLO does not offer now (RFC 5321 §4.1.1.11). */
function notOffered(server: ServerDialogue, parameters: MailParameters): ServerReply | undefined {
  const { auth, requireTls, hold } = parameters;
  if (auth && !server.authOffered) return replies.parameterUnknown;
  // RFC 8689 §2: to a connection in clear the option is not there.
  if (requireTls && !server.secure) return replies.requireTlsInClear;
  if (hold === undefined) return undefined;
  const offered = server.options.futureRelease;
  if (offered === undefined) return replies.parameterUnknown;
  const seconds = hold.kind === 'for' ? hold.seconds : (hold.at - offered.now()) / 1_000;
  return seconds > offered.maxSeconds ? replies.heldTooLong : undefined;
}

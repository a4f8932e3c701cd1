import { afterKeyword, domainOf, hasDomain, parsePath } from '../path.ts';
import { parseRcptParameters } from '../rcpt-parameters.ts';
import { replies } from '../server-replies.ts';
import type { Command } from './command.ts';

/** `RCPT TO:<forward-path> [SP parameters]` (RFC 5321 §4.1.1.3); `<Postmaster>` needs no domain. */
export const rcpt: Command = (server, { argument, utf8 }) => {
  const start = afterKeyword(argument, 'TO:');
  if (start === undefined) return server.wrong(replies.rcptSyntax);
  const path = parsePath(argument, start);
  if (path === undefined || !(hasDomain(path.address) || path.address.toLowerCase() === 'postmaster'))
    return server.wrong(utf8 ? replies.badUtf8Address : replies.badForwardPath);
  const parameters = parseRcptParameters(argument.slice(path.end));
  if ('code' in parameters) return server.wrong(parameters);
  const { transaction } = server;
  if (transaction === undefined) return server.wrong(utf8 ? replies.nonAsciiAddress : server.noTransaction!);
  if (utf8 && !transaction.parameters.smtpUtf8) return server.wrong(replies.nonAsciiAddress);
  if (transaction.chunking) return server.wrong(replies.chunksFollow);
  const { maxRecipients, maxRecipientDomains = Number.POSITIVE_INFINITY } = server.options;
  if (transaction.recipients >= maxRecipients) return server.say(replies.tooManyRecipients);
  const { domains } = transaction;
  if (domains.size >= maxRecipientDomains && !domains.has(domainOf(path.address)))
    return server.say(replies.tooManyDomains);
  transaction.tried = true;
  return server.ask('rcpt', { type: 'rcpt', forwardPath: path.address, ...parameters });
};

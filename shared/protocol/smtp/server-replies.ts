import type { SaslFailure } from '../sasl/mechanism.ts';
import { reply, type ServerReply } from './server-reply.ts';

/** What the engine says by itself. The session's refusals are its own. */
export const replies = {
  ok: reply(250, '2.0.0', 'Ok'),
  senderOk: reply(250, '2.1.0', 'Ok'),
  recipientOk: reply(250, '2.1.5', 'Ok'),
  startMail: reply(354, null, 'End data with <CR><LF>.<CR><LF>'),
  bye: reply(221, '2.0.0', 'Bye'),
  verify: reply(252, '2.5.0', 'Cannot VRFY an address; send some mail and see'),
  help: reply(214, '2.0.0', 'See RFC 5321'),
  readyForTls: reply(220, '2.0.0', 'Ready to start TLS'),
  authenticated: reply(235, '2.7.0', 'Authentication successful'),

  unknownCommand: reply(500, '5.5.2', 'Command not recognized'),
  wrongProtocol: reply(500, '5.5.1', 'LMTP says LHLO, SMTP says EHLO'),
  badCharacter: reply(500, '5.5.2', 'Command has a character that is not allowed'),
  lineTooLong: reply(500, '5.5.2', 'Line too long'),
  argumentMissing: reply(501, '5.5.4', 'Argument missing'),
  argumentUnexpected: reply(501, '5.5.4', 'No argument allowed'),
  badHost: reply(501, '5.5.4', 'Host name or address literal expected'),
  mailSyntax: reply(501, '5.5.4', 'Syntax: MAIL FROM:<address>'),
  rcptSyntax: reply(501, '5.5.4', 'Syntax: RCPT TO:<address>'),
  badReversePath: reply(501, '5.1.7', 'Bad sender address syntax'),
  badForwardPath: reply(501, '5.1.3', 'Bad recipient address syntax'),
  parameterSyntax: reply(501, '5.5.4', 'Bad parameter syntax'),
  parameterUnknown: reply(555, '5.5.4', 'Parameter not supported'),
  nonAsciiAddress: reply(553, '5.6.7', 'Non-ASCII addresses are not supported'),
  expnDisabled: reply(502, '5.5.1', 'EXPN is not offered'),

  sayHelloFirst: reply(503, '5.5.1', 'Say EHLO first'),
  sayMailFirst: reply(503, '5.5.1', 'Need MAIL first'),
  sayRcptFirst: reply(503, '5.5.1', 'Need RCPT first'),
  nestedMail: reply(503, '5.5.1', 'Nested MAIL'),
  noValidRecipients: reply(554, '5.5.1', 'No valid recipients'),
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients'),
  tooLarge: reply(552, '5.3.4', 'Message is larger than we take'),
  bareLineEnding: reply(550, '5.6.11', 'A CR or LF stands alone; lines end in CRLF'),

  tlsNotOffered: reply(502, '5.5.1', 'STARTTLS is not offered'),
  tlsAlready: reply(503, '5.5.1', 'TLS is already on'),
  authNotOffered: reply(502, '5.5.1', 'AUTH is not offered here'),
  authNeedsTls: reply(538, '5.7.11', 'Encryption is required to authenticate'),
  authAlready: reply(503, '5.5.1', 'Already authenticated'),
  authInTransaction: reply(503, '5.5.1', 'AUTH is not allowed during a mail transaction'),
  authMechanism: reply(504, '5.5.4', 'Authentication mechanism not supported'),
  authMalformed: reply(501, '5.5.2', 'Cannot decode the response'),
  authLineTooLong: reply(500, '5.5.6', 'Authentication exchange line is too long'),
  authCancelled: reply(501, '5.7.0', 'Authentication cancelled'),
  authRefused: reply(535, '5.7.8', 'Authentication credentials invalid'),

  notSmtp: reply(421, '4.7.0', 'This is a mail server; closing connection'),
  tooManyErrors: reply(421, '4.7.0', 'Too many errors; closing connection'),
  tooMuchInput: reply(421, '4.7.0', 'Too much input; closing connection'),
  shuttingDown: reply(421, '4.3.2', 'Service is shutting down; closing connection'),
} as const;

/** RFC 4954 §4, §6. */
export const authFailures: Readonly<Record<SaslFailure, ServerReply>> = {
  malformed: replies.authMalformed,
  cancelled: replies.authCancelled,
  'invalid-credentials': replies.authRefused,
};

import { reply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';

/** Every refusal that is policy. What the protocol itself refuses is in `shared/protocol/smtp/server-replies.ts`. */
export const refusals = {
  authenticationRequired: reply(530, '5.7.0', 'Authentication required'),
  startTlsFirst: reply(530, '5.7.0', 'Issue a STARTTLS command first'),
  authenticationUnavailable: reply(454, '4.7.0', 'Temporary authentication failure'),
  tooManyGuesses: reply(454, '4.7.0', 'Too many failed log-ins; try again later'),
  tooManyLogins: reply(421, '4.7.0', 'Too many failed log-ins; closing connection'),
  loginDeadline: reply(421, '4.7.0', 'No authentication in time; closing connection'),
  loginUnknown: reply(550, '5.7.8', 'LOGIN names no account of ours'),
  reversePathNotYours: reply(553, '5.7.1', 'Sender address is not owned by the authenticated account'),
  fromNotYours: reply(550, '5.7.1', 'From address is not owned by the authenticated account'),
  relayingDenied: reply(550, '5.7.1', 'Relaying denied'),
  noSuchMailbox: reply(550, '5.1.1', 'No such mailbox here'),
  mailboxDisabled: reply(550, '5.2.1', 'Mailbox is disabled'),
  overQuota: reply(452, '4.2.2', 'Mailbox is over quota'),
  largerThanQuota: reply(552, '5.2.3', 'Message is larger than the mailbox'),
  tooManyTargets: reply(452, '4.5.3', 'Too many recipients behind the addresses given'),
  looping: reply(554, '5.4.6', 'Too many hops: the message goes round'),
  forwardingLoop: reply(554, '5.4.6', 'Mail forwarding loop: the message was here before'),
  expansionFailed: reply(450, '4.2.4', 'Mailing list expansion problem'),
  badName: reply(501, '5.1.3', 'Bad address syntax'),
  willTry: reply(252, '2.5.0', 'Cannot VRFY the address, but will take mail for it'),
  ambiguousName: reply(553, '5.1.4', 'Ambiguous: several mailboxes have that name'),
  notOurList: reply(550, '5.7.1', 'Not a list of ours'),
  utf8ReplyNeeded: reply(553, '5.6.8', 'The answer is UTF-8, which needs SMTPUTF8'),
  nodeNotAllowed: reply(459, '4.7.1', 'Node not allowed'),
  noMailHere: reply(521, '5.3.2', 'Host does not accept mail'),
  headerTooLarge: reply(552, '5.3.4', 'Message header is too large'),
  unavailable: reply(451, '4.3.0', 'Temporary failure, try again later'),
  tooManyConnections: reply(421, '4.7.0', 'Too many connections, try again later'),
  tooManyFromYou: reply(421, '4.7.0', 'Too many connections from your address'),
  connectingTooFast: reply(421, '4.7.0', 'Too many connections a minute from your address; try again later'),
  sendingTooFast: reply(450, '4.7.1', 'Too many messages a minute from your address; try again later'),
  submittingTooFast: reply(450, '4.7.1', 'Too many messages within an hour; try again later'),
  tooManyHeld: reply(455, '4.7.1', 'Too many of your messages are held; send this one now, or later'),
  tooManyRecipientsForNow: reply(452, '4.5.3', 'Too many recipients within an hour; try again later'),
  spokeTooEarly: reply(554, '5.5.1', 'You spoke before the greeting'),
  greylisted: reply(450, '4.7.1', 'Greylisted: try again in a few minutes'),
  noReverseName: reply(550, '5.7.25', 'Your address has no name that leads back to it'),
  tooBusyToConnect: reply(421, '4.3.2', 'Too busy; try again later'),
  tooBusy: reply(451, '4.3.2', 'Too busy; try again later'),
  filterRejects: reply(550, '5.7.1', 'Message refused by a mail filter'),
  filterPutsOff: reply(451, '4.7.1', 'Put off by a mail filter; try again later'),
  filterUnavailable: reply(451, '4.7.1', 'A mail filter is not available; try again later'),
  idle: reply(421, '4.4.2', 'Idle for too long; closing connection'),
} as const;

/** RFC 7489 §10.3. The domain is a stranger's: it is named only when it is a plain one. */
export function dmarcRefusal(domain: string): ServerReply {
  const whose = /^[a-z0-9.-]{1,253}$/.test(domain) ? domain : 'its author';
  return reply(550, '5.7.1', `Message is not from ${whose}, whose DMARC policy asks to refuse it`);
}

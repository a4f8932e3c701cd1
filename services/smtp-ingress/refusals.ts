import { reply } from '../../shared/protocol/smtp/server-reply.ts';

/** Every refusal that is policy. What the protocol itself refuses is in `shared/protocol/smtp/server-replies.ts`. */
export const refusals = {
  authenticationRequired: reply(530, '5.7.0', 'Authentication required'),
  startTlsFirst: reply(530, '5.7.0', 'Issue a STARTTLS command first'),
  authenticationUnavailable: reply(454, '4.7.0', 'Temporary authentication failure'),
  tooManyLogins: reply(421, '4.7.0', 'Too many failed log-ins; closing connection'),
  loginDeadline: reply(421, '4.7.0', 'No authentication in time; closing connection'),
  reversePathNotYours: reply(553, '5.7.1', 'Sender address is not owned by the authenticated account'),
  relayingDenied: reply(550, '5.7.1', 'Relaying denied'),
  noSuchMailbox: reply(550, '5.1.1', 'No such mailbox here'),
  mailboxDisabled: reply(550, '5.2.1', 'Mailbox is disabled'),
  overQuota: reply(452, '4.2.2', 'Mailbox is over quota'),
  tooManyTargets: reply(452, '4.5.3', 'Too many recipients behind the addresses given'),
  looping: reply(554, '5.4.6', 'Too many hops: the message goes round'),
  unavailable: reply(451, '4.3.0', 'Temporary failure, try again later'),
  tooManyConnections: reply(421, '4.7.0', 'Too many connections, try again later'),
  idle: reply(421, '4.4.2', 'Idle for too long; closing connection'),
} as const;

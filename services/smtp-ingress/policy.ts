import type { Connection } from '../../shared/net/connection.ts';
import type { ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Envelope } from './envelope.ts';
import type { ListenerName } from './ingress.ts';

/** undefined: no objection. A promise is waited for; a hook that throws costs the client a 451. */
export type PolicyAnswer = ServerReply | undefined | Promise<ServerReply | undefined>;

/**
 * What others have to say of one connection: lists of addresses, SPF, milters. Each hook is asked after the rules of
 * `session.ts`, and what it refuses is refused. One that is absent costs nothing.
 */
export interface ConnectionPolicy {
  /** Before the greeting: 421, 521 or 554 (RFC 5321 §3.1). */
  connect?(): PolicyAnswer;
  mail?(envelope: Envelope): PolicyAnswer;
  /** The recipient is known to us and not yet in the envelope. */
  rcpt?(envelope: Envelope, forwardPath: string): PolicyAnswer;
  /** Before the message comes: header fields to stand above our Received, each with its CRLF. */
  traceFields?(envelope: Envelope): string | Promise<string>;
  /** Content as it comes in, without our own fields. */
  content?(chunk: Uint8Array): void | Promise<void>;
  /** The whole message came, and is not committed. */
  endOfData?(envelope: Envelope): PolicyAnswer;
  /** The transaction is over, with or without a message. */
  reset?(): void;
  closed?(): void;
}

export type Policy = (listener: ListenerName, connection: Connection) => ConnectionPolicy;

/** Takes whatever the rules take; a host that takes no mail says so to all (RFC 7504). */
export function basePolicy(acceptMail: boolean, refusal: ServerReply): Policy {
  const nothing: ConnectionPolicy = {};
  const closed: ConnectionPolicy = { connect: () => refusal };
  return (listener) => (listener === 'smtp' && !acceptMail ? closed : nothing);
}

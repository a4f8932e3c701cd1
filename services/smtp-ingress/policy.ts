import type { Connection } from '../../shared/net/connection.ts';
import type { ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Envelope } from './envelope.ts';
import type { ListenerName } from './ingress.ts';

/** undefined: no objection. A promise is waited for; a hook that throws costs the client a 451. */
export type PolicyAnswer = ServerReply | undefined | Promise<ServerReply | undefined>;

/** The message is taken, and goes into Junk; `quarantine` says why, for the log. */
export interface Quarantine {
  readonly quarantine: string;
}

/** The message is taken and dropped, as a mail filter may ask; `discard` says who did, for the log. */
export interface Discard {
  readonly discard: string;
}

export type EndOfDataAnswer = ServerReply | Quarantine | Discard | undefined;

/** What the client says of itself, as far as it has by the moment that one looks. */
export interface PolicyClient {
  /** What HELO, EHLO or LHLO gave; '' before, and after STARTTLS until it is said again. */
  readonly clientDomain: string;
  /** Octets it sent that nobody looked at yet. */
  readonly buffered: number;
}

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
  /** A message is about to come: before 354, or with the first BDAT. Taken, it will be queued as `emailId`. */
  data?(envelope: Envelope, emailId: string): PolicyAnswer;
  /** Content as it comes in, as the client sent it, without our own fields. The octets are not to be changed. */
  content?(chunk: Uint8Array): void | Promise<void>;
  /** The whole message came, and is not committed. */
  endOfData?(envelope: Envelope): EndOfDataAnswer | Promise<EndOfDataAnswer>;
  /**
   * After `endOfData` took it: header fields to stand above our Received, each with its CRLF, at most 64 KiB.
   */
  traceFields?(envelope: Envelope): string | Promise<string>;
  /** The transaction is over, with or without a message. */
  reset?(): void;
  closed?(): void;
}

export type Policy = (
  listener: ListenerName,
  connection: Connection,
  client: PolicyClient,
) => ConnectionPolicy;

/** Takes whatever the rules take; a host that takes no mail says so to all (RFC 7504). */
export function basePolicy(acceptMail: boolean, refusal: ServerReply): Policy {
  const nothing: ConnectionPolicy = {};
  const closed: ConnectionPolicy = { connect: () => refusal };
  return (listener) => (listener === 'smtp' && !acceptMail ? closed : nothing);
}

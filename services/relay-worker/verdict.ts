import { type Reply, replyText } from '../../shared/protocol/smtp/reply-parser.ts';
import { type Condition, refusal, temporary } from './condition.ts';
import type { Delivery, OutboundConnection } from './outbound-connection.ts';

/** What a transaction came to for one recipient. */
export type Verdict = Delivered | Refused;

export interface Delivered {
  readonly kind: 'delivered';
  readonly reply: string;
  readonly remote: string;
  /** What the connection was. */
  readonly tls?: string;
  /** The server does not offer DSN: whatever was asked of it by NOTIFY=SUCCESS it does not know. */
  readonly relayed: boolean;
  /** The server does not offer DELIVERBY: whatever time was asked for it does not know. */
  readonly untimed?: boolean;
  /** Nothing was sent: it lies in a mailbox of ours, or became a list. */
  readonly report?: 'delivered' | 'expanded';
}

export interface Refused {
  readonly kind: 'refused';
  readonly condition: Condition;
  /** What may be done about it before the next attempt. */
  readonly next: 'another-transaction' | 'another-host' | 'nothing';
  /** The whole message left, and what became of it is not known. */
  readonly uncertain?: boolean;
  /** What the connection was, if there was one. */
  readonly tls?: string;
}

/** The reply that counts: to MAIL if it was refused, else to RCPT, else to the message. */
export function verdict(
  delivery: Delivery,
  recipient: number,
  server: Pick<OutboundConnection, 'remote' | 'extensions'> & { readonly tls?: string },
): Verdict {
  const { tls } = server;
  return { ...judged(delivery, recipient, server), ...(tls === undefined ? {} : { tls }) };
}

function judged(
  delivery: Delivery,
  recipient: number,
  server: Pick<OutboundConnection, 'remote' | 'extensions'>,
): Verdict {
  const { progress, lost, uncertain } = delivery;
  const { remote } = server;
  const rcpt = progress.recipients[recipient] ?? null;
  if (isRefusal(progress.mail)) return refused(refusal(progress.mail, remote));
  if (isRefusal(rcpt)) return rcptRefused(rcpt, remote);
  if (progress.mail === null || rcpt === null || progress.data === null) {
    const condition = lost ?? temporary('4.4.2', `${remote} did not answer`, remote);
    // Given to another host now, it would likely arrive twice.
    return uncertain ? { kind: 'refused', condition, next: 'nothing', uncertain } : refused(condition);
  }
  if (isRefusal(progress.data)) return refused(refusal(progress.data, remote));
  return {
    kind: 'delivered',
    reply: replyText(progress.data),
    remote,
    relayed: !server.extensions.dsn,
    untimed: server.extensions.deliverBy === null,
  };
}

/** Nobody else will take it when it is for good; another host may when not. */
export function refused(condition: Condition): Refused {
  return { kind: 'refused', condition, next: condition.permanent ? 'nothing' : 'another-host' };
}

function isRefusal(reply: Reply | null): reply is Reply {
  return reply !== null && (reply.code < 200 || reply.code >= 300);
}

/** RFC 5321 §4.5.3.1.10: 452, or 552 from older servers, says that this transaction is full, unless its status says otherwise. */
function rcptRefused(reply: Reply, remote: string): Verdict {
  const condition = refusal(reply, remote);
  const full = reply.code === 452 || reply.code === 552;
  if (!full || (reply.enhanced !== null && !/^[45]\.5\.3$/.test(reply.enhanced))) return refused(condition);
  return {
    kind: 'refused',
    condition: { ...condition, permanent: false, status: '4.5.3' },
    next: 'another-transaction',
  };
}

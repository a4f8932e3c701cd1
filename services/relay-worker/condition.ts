import { type Reply, replyText } from '../../shared/protocol/smtp/reply-parser.ts';

/** Why a recipient did not get the message this time. */
export interface Condition {
  /** False: it may work later. */
  readonly permanent: boolean;
  /** RFC 3463, `5.1.1`; its class fits `permanent`. */
  readonly status: string;
  /** The remote's reply (`550 5.1.1 …`), or in our words what happened; the latter begins with no digit. */
  readonly reply: string;
  /** Who said so: `mx.example.org[192.0.2.1]`; '' when it never came to a conversation. */
  readonly remote: string;
}

/** What the remote said. A reply of a class that makes no sense as a refusal counts as temporary. */
export function refusal(reply: Reply, remote: string): Condition {
  const permanent = reply.code >= 500;
  const fallback = reply.code === 421 ? '4.3.2' : permanent ? '5.0.0' : '4.0.0';
  return {
    permanent,
    status: reply.code >= 400 ? (reply.enhanced ?? fallback) : '4.5.0',
    reply: replyText(reply),
    remote,
  };
}

/** Something that may work later, in our words. */
export function temporary(status: string, reply: string, remote = ''): Condition {
  return { permanent: false, status, reply, remote };
}

/** Something that will never work, in our words. */
export function permanent(status: string, reply: string, remote = ''): Condition {
  return { permanent: true, status, reply, remote };
}

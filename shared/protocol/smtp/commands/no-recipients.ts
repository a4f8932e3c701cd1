import type { ServerDialogue } from '../server-dialogue.ts';
import { replies } from '../server-replies.ts';
import type { ServerReply } from '../server-reply.ts';

/** Why a message without a recipient is not taken; RFC 2033 §4.2 wants 503 of LMTP. */
export function noRecipients(server: ServerDialogue): ServerReply {
  const refused = server.transaction?.tried && server.options.protocol === 'smtp';
  return refused ? replies.noValidRecipients : replies.sayRcptFirst;
}

import type { ServerDialogue } from '../server-dialogue.ts';
import type { ServerEvent } from '../server-events.ts';
import { MAX_SWALLOWED_BYTES } from '../server-limits.ts';
import { replies } from '../server-replies.ts';
import type { ServerReply } from '../server-reply.ts';
import type { Command } from './command.ts';
import { noRecipients } from './no-recipients.ts';

/** `BDAT SP chunk-size [SP "LAST"]` (RFC 3030 §2). The octets of a chunk that is refused are read all the same: the client may have sent them. */
export const bdat: Command = (server, { argument }) => {
  const found = /^(\d{1,15})(?: +(LAST))?$/i.exec(argument);
  // Where the chunk ends is not known, so what follows could be anything.
  if (!found) return server.close(replies.bdatSyntax);
  const left = Number(found[1]);
  const last = found[2] !== undefined;
  if (left > MAX_SWALLOWED_BYTES) return server.close(replies.tooMuchInput);
  const refusal = notNow(server);
  server.chunk = { left, last, refusal };
  server.state = 'chunk';
  if (refusal !== undefined) return undefined;
  return firstOf(server);
};

function notNow(server: ServerDialogue): ServerReply | undefined {
  if (server.transaction === undefined) return server.noTransaction;
  return server.transaction.recipients === 0 ? noRecipients(server) : undefined;
}

function firstOf(server: ServerDialogue): ServerEvent | undefined {
  const transaction = server.transaction!;
  if (transaction.chunking) return undefined;
  transaction.chunking = true;
  return server.ask('data-start', { type: 'data-start' });
}

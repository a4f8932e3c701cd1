import { replies } from '../server-replies.ts';
import { bare } from './command.ts';
import { noRecipients } from './no-recipients.ts';

/** DATA (RFC 5321 §4.1.1.4). */
export const data = bare((server) => {
  const { transaction } = server;
  if (transaction === undefined) return server.wrong(server.noTransaction!);
  // RFC 3030 §2 and §3: not after a chunk, and not for what has no lines.
  if (transaction.chunking) return server.wrong(replies.chunksFollow);
  if (transaction.recipients === 0) return server.wrong(noRecipients(server));
  if (transaction.parameters.body === 'binary') return server.wrong(replies.binaryNeedsChunks);
  return server.ask('data-start', { type: 'data-start' });
});

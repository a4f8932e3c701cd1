import { reply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import { countOf, hintChange, retryNow } from '../../shared/spool/queue/change.ts';
import { refusals } from './refusals.ts';

/** ETRN (RFC 1985): what waits for a domain is tried now. Its replies are 251, 253 and 459. */
export async function startQueue(
  { accounts, database, bus }: Pick<Ports, 'accounts' | 'database' | 'bus'>,
  node: string,
): Promise<ServerReply> {
  if (await accounts.isLocalDomain(node)) return refusals.nodeNotAllowed;
  const change = await retryNow(database, { destination: node, kind: 'remote' });
  hintChange(bus, change, { retry: true });
  const entries = countOf(change);
  return entries === 0
    ? reply(251, '2.0.0', `No messages waiting for ${node}`)
    : reply(253, '2.0.0', `${entries} pending messages for ${node} started`);
}

import { spoolRemote } from '../../shared/bus/subjects.ts';
import { reply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import { retryNow } from '../../shared/spool/queue.ts';
import { refusals } from './refusals.ts';

/** ETRN (RFC 1985): what waits for a domain is tried now. Its replies are 251, 253 and 459. */
export async function startQueue(
  { accounts, database, bus }: Pick<Ports, 'accounts' | 'database' | 'bus'>,
  node: string,
): Promise<ServerReply> {
  if (await accounts.isLocalDomain(node)) return refusals.nodeNotAllowed;
  const change = await retryNow(database, { destination: node });
  for (const [partition, destinations] of change.destinations)
    bus.publish(spoolRemote(partition), { destinations: [...destinations], retry: true });
  return change.entries === 0
    ? reply(251, '2.0.0', `No messages waiting for ${node}`)
    : reply(253, '2.0.0', `${change.entries} pending messages for ${node} started`);
}

import type { BusSubscription } from '../../shared/bus/port.ts';
import { gatewayKick } from '../../shared/bus/subjects.ts';
import type { Gateway } from './gateway.ts';

/** Ends the sessions of this replica that an administrator names (`mailctl sessions kick`). */
export function receiveKicks(gateway: Gateway): Promise<BusSubscription> {
  return gateway.ports.bus.subscribe(gatewayKick(gateway.config.replicaName), ({ payload }) => {
    const session = gateway.registry.sessions.get(sessionIdOf(payload));
    session?.goodbye('Ended by an administrator');
    return { kicked: session !== undefined };
  });
}

function sessionIdOf(payload: unknown): string {
  const sessionId = (payload as { sessionId?: unknown } | null)?.sessionId;
  return typeof sessionId === 'string' ? sessionId : '';
}

import { gatewayKick } from '../../shared/bus/subjects.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { SessionRecord } from '../../shared/session/port.ts';

/** More sessions than one account may have over all protocols. */
const MAX_SESSIONS = 10_000;

/** Asks the gateway that holds a session to end it. */
export function kick({ bus }: Pick<Ports, 'bus'>, session: SessionRecord): void {
  bus.publish(gatewayKick(session.gateway), { sessionId: session.sessionId });
}

/** Ends all sessions of an account, as far as the session store knows them. */
export async function kickAll(ports: Ports, accountId: AccountId): Promise<void> {
  for (const session of await ports.sessions.list({ accountId, limit: MAX_SESSIONS })) kick(ports, session);
}

import { BusError } from '../../shared/bus/port.ts';
import { gatewayKick } from '../../shared/bus/subjects.ts';
import type { AccountId } from '../../shared/mailbox/types.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import type { SessionRecord } from '../../shared/session/port.ts';

/** More sessions than one account may have over all protocols. */
const MAX_SESSIONS = 10_000;

/** A gateway that lives answers within milliseconds. */
const ANSWER_MS = 2_000;

/** Asks the gateway that holds a session to end it; false: nobody answers under the gateway's name. */
export async function kick({ bus }: Pick<Ports, 'bus'>, session: SessionRecord): Promise<boolean> {
  const subject = gatewayKick(session.gateway);
  try {
    // Who answers is not looked at: in one process, several gateways share the name and all are told.
    await bus.request(subject, { sessionId: session.sessionId }, { timeoutMs: ANSWER_MS });
    return true;
  } catch (error) {
    if (error instanceof BusError) return false;
    throw error;
  }
}

/** Ends all sessions of an account, as far as the session store knows them. */
export async function kickAll(ports: Ports, accountId: AccountId): Promise<void> {
  const sessions = await ports.sessions.list({ accountId, limit: MAX_SESSIONS });
  for (const { gateway, sessionId } of sessions) ports.bus.publish(gatewayKick(gateway), { sessionId });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { z } from 'zod';
import { addressKey } from '../../../shared/account/address.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import type { SessionRecord } from '../../../shared/session/port.ts';
import { answer, MAX_PAGE, RequestRefused, readQuery } from '../answer.ts';
import { kick } from '../kick.ts';

const listQuery = z.strictObject({
  address: z.string().optional(),
  protocol: z.enum(['imap', 'pop3', 'smtp', 'http']).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
});

/** How long a kick waits to see its effect: as long as a client takes to hang up after the goodbye. */
const KICK_WAIT_MS = 1_000;
const KICK_POLL_MS = 20;

export function sessionRoutes(ports: Ports): Hono {
  const { accounts, sessions } = ports;
  return new Hono()
    .get('/', async (context) => {
      const { address, protocol, limit } = readQuery(context, listQuery);
      const account = address === undefined ? undefined : await accounts.find(address);
      if (address !== undefined && account === undefined) {
        throw new RequestRefused(404, 'not-found', `there is no account ${addressKey(address) ?? address}`);
      }
      const found = await sessions.list({ accountId: account?.accountId, protocol, limit });
      return answer(context, { sessions: found.map(withoutState), connected: sessions.connected });
    })
    .post('/:id/kick', async (context) => {
      const session = await sessions.get(context.req.param('id'));
      if (!session)
        throw new RequestRefused(404, 'not-found', `there is no session ${context.req.param('id')}`);
      const told = await kick(ports, session);
      const ended = told && (await ends(ports, session));
      return answer(context, { ...withoutState(session), told, ended });
    });
}

async function ends({ sessions }: Ports, { sessionId }: SessionRecord): Promise<boolean> {
  for (let waited = 0; waited < KICK_WAIT_MS; waited += KICK_POLL_MS) {
    if ((await sessions.get(sessionId)) === undefined) return true;
    await sleep(KICK_POLL_MS);
  }
  return false;
}

/** Protocol state is between the gateways. */
function withoutState({ state: _, ...session }: SessionRecord): Omit<SessionRecord, 'state'> {
  return session;
}

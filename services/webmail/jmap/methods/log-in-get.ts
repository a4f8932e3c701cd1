import { z } from 'zod';
import type { SessionRecord } from '../../../../shared/session/port.ts';
import type { WebSession } from '../../log-in/web-sessions.ts';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import { utcDate } from '../dates.ts';
import type { Call, JsonObject, Method } from '../method.ts';
import { stateOf } from './app-password-get.ts';

const schema = z.strictObject(getArguments);
const PROPERTIES = ['id', 'protocol', 'remoteAddress', 'userAgent', 'startedAt', 'lastSeenAt', 'current'];
/** Sessions of gateways that are listed. */
const MAX_LISTED = 500;

/** Who is logged in to the account now: web clients, and connections of IMAP and POP3. */
export const logInGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const all = await logIns(call);
  const ids = given == null ? [...all.keys()] : boundIds(given);
  const list = ids.flatMap((id) => {
    const one = all.get(id);
    return one === undefined ? [] : [one.object];
  });
  return {
    accountId: call.accountId,
    state: stateOf([...all.keys()]),
    list: pickProperties(list, properties, PROPERTIES),
    notFound: ids.filter((id) => !all.has(id)),
  };
};

type LogIn = { readonly object: JsonObject } & (
  | { readonly web: WebSession }
  | { readonly connection: SessionRecord }
);

/** By id: `w…` a web client's session, `c…` a connection. */
export async function logIns({ webmail, account, identity }: Call): Promise<Map<string, LogIn>> {
  const web = await webmail.sessions.list(account.accountId);
  const connections = await webmail.ports.sessions
    .list({ accountId: account.accountId, limit: MAX_LISTED })
    .catch(() => []);
  const all = new Map<string, LogIn>();
  for (const session of web) {
    const id = `w${session.sessionId}`;
    const object = {
      id,
      protocol: 'http',
      remoteAddress: session.remote,
      userAgent: session.client,
      startedAt: utcDate(session.createdAt),
      lastSeenAt: utcDate(session.seenAt),
      current: session.sessionId === identity.session?.sessionId,
    };
    all.set(id, { web: session, object });
  }
  for (const connection of connections) {
    const id = `c${Buffer.from(connection.sessionId).toString('hex').slice(0, 200)}`;
    const object = {
      id,
      protocol: connection.protocol,
      remoteAddress: connection.remote.replace(/:\d+$/, ''),
      userAgent: connection.client ?? null,
      startedAt: utcDate(connection.since),
      lastSeenAt: null,
      current: false,
    };
    all.set(id, { connection, object });
  }
  return all;
}

import { readDomain } from '../../account/address.ts';
import { type DirectoryRefusal, refusal } from '../../account/refusal.ts';
import type { Database } from '../../database/port.ts';
import type { Route, RouteTls } from './route.ts';

/** All workers read all of them every few seconds. */
const MAX_ROUTES = 1_000;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** By name. */
export async function listRoutes(database: Database): Promise<Route[]> {
  const rows = await database.kysely.selectFrom('route').selectAll().orderBy('name').execute();
  return rows.map((row) => ({
    name: row.name,
    senderDomain: row.sender_domain,
    recipientDomain: row.recipient_domain,
    host: row.host,
    port: row.port,
    tls: row.tls as RouteTls,
    username: row.username,
    secretFile: row.secret_file,
    sources: row.sources,
  }));
}

/** Mail that waits takes it as it is tried next. Refusals: bad-name, bad-domain, exists (also for the same two domains), limit, not-ready when it says nothing. */
export async function createRoute(
  database: Database,
  given: Route,
  now: number = database.now(),
): Promise<Route | DirectoryRefusal> {
  if (!NAME.test(given.name))
    return refusal('bad-name', `'${given.name}' is no name: letters, digits and hyphens, 32 at most`);
  const domains = [given.senderDomain, given.recipientDomain].map((domain) =>
    domain === null ? null : readDomain(domain),
  );
  if (domains.includes(undefined)) return refusal('bad-domain', 'the sender or the recipient is no domain');
  const [senderDomain, recipientDomain] = domains as (string | null)[];
  if (given.host === null && given.sources.length === 0)
    return refusal('not-ready', 'a route leads to a host, or goes out from an address of ours');
  if ((given.username === null) !== (given.secretFile === null))
    return refusal('not-ready', 'a user and a password file go together');
  const others = await listRoutes(database);
  if (others.length >= MAX_ROUTES) return refusal('limit', `there are ${MAX_ROUTES} routes already`);
  const same = others.find(
    (other) =>
      other.name === given.name ||
      (other.senderDomain === senderDomain && other.recipientDomain === recipientDomain),
  );
  if (same)
    return refusal('exists', `the route ${same.name} is there already, for the same mail or by that name`);
  await database.kysely
    .insertInto('route')
    .values({
      name: given.name,
      sender_domain: senderDomain ?? null,
      recipient_domain: recipientDomain ?? null,
      host: given.host,
      port: given.port,
      tls: given.tls,
      username: given.username,
      secret_file: given.secretFile,
      sources: [...given.sources],
      created_at: now,
    })
    .execute();
  return { ...given, senderDomain: senderDomain ?? null, recipientDomain: recipientDomain ?? null };
}

/** What waits for it goes the way that is left to it. Refusals: not-found. */
export async function deleteRoute(
  database: Database,
  name: string,
): Promise<{ readonly deleted: string } | DirectoryRefusal> {
  const gone = await database.kysely
    .deleteFrom('route')
    .where('name', '=', name)
    .returning('name')
    .executeTakeFirst();
  return gone ? { deleted: gone.name } : refusal('not-found', `there is no route ${name}`);
}

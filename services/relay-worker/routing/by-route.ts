import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type Route, readDestination } from '../../../shared/spool/routes/route.ts';
import { type Condition, temporary } from '../condition.ts';
import { type Host, type RouteOptions, route } from '../route.ts';
import type { RouteTable } from './route-table.ts';

const MAX_SECRET_CHARS = 1_024;

/** The next hops of a destination, by the route in its name if it has one. As `route` otherwise. */
export async function* byRoute(
  destination: string,
  table: RouteTable,
  options: RouteOptions,
): AsyncGenerator<Host, Condition | null> {
  const { domain, route: name } = readDestination(destination);
  if (name === undefined) return yield* route(domain, options);
  const chosen = await table.named(name);
  // What waits here is put elsewhere as it is read; an operator may have moved it to a route that is gone since.
  if (chosen === undefined) return temporary('4.3.5', `there is no route ${name}`);
  const login = await logIn(chosen);
  if (login && 'reply' in login) return login;
  const relayHost = chosen.host === null ? undefined : `${bracketed(chosen.host)}:${chosen.port ?? 25}`;
  const hops = route(domain, { ...options, relayHost: relayHost ?? options.relayHost });
  const chosenSources = new Map<4 | 6, string | null>();
  let given = 0;
  for (;;) {
    const step = await hops.next();
    if (step.done) return step.value ?? (given > 0 ? null : allPaused(chosen));
    const host = { ...step.value, tls: chosen.tls, login: login ?? undefined };
    if (chosen.sources.length === 0) {
      given++;
      yield host;
      continue;
    }
    const family = isIP(host.address) === 6 ? 6 : 4;
    if (!chosenSources.has(family))
      chosenSources.set(family, await table.source(chosen, destination, family));
    const localAddress = chosenSources.get(family);
    if (!localAddress) continue;
    given++;
    const alternatives = host.alternatives?.filter((address) => isIP(address) === family);
    yield { ...host, alternatives, localAddress };
  }
}

function allPaused({ name }: Route): Condition {
  return temporary('4.3.5', `no address of ours that the route ${name} goes out from can be used now`);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function logIn({
  username,
  secretFile,
  name,
}: Route): Promise<NonNullable<Host['login']> | Condition | null> {
  if (username === null || secretFile === null) return null;
  try {
    const [password = ''] = (await readFile(secretFile, 'utf8')).split(/\r?\n/, 1);
    if (password !== '' && password.length <= MAX_SECRET_CHARS) return { username, password };
    return temporary('4.3.5', `the route ${name} has no password in its file`);
  } catch {
    return temporary('4.3.5', `the password file of the route ${name} cannot be read`);
  }
}

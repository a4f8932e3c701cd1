import type { Account } from '../../../shared/account/port.ts';
import type { Connection } from '../../../shared/net/connection.ts';
import type { SaslCredentials } from '../../../shared/protocol/sasl/mechanism.ts';
import { RequestRefused } from '../problem.ts';
import type { Webmail } from '../webmail.ts';
import { tokenIn } from './cookie.ts';
import { passwordAllowed } from './password-allowed.ts';
import { isSameOrigin } from './same-origin.ts';
import type { WebSession } from './web-sessions.ts';

/** Who asks. */
export interface Identity {
  readonly account: Account;
  /** When the cookie of the web client vouches for it. */
  readonly session: WebSession | undefined;
}

/** What is to be known of a request. */
export interface RequestHead {
  readonly method: string;
  header(name: string): string | undefined;
}

/** When to try again after too many wrong log-ins, seconds. */
export const THROTTLED_SECONDS = 900;

/**
 * By Authorization (a password, an app password for http, a token of the OpenID Connect issuer), else by the web client's cookie.
 * Throws `RequestRefused`: 401, 403 for a cookie on a request of another site, 429.
 */
export async function authenticate(
  webmail: Webmail,
  request: RequestHead,
  connection: Connection,
): Promise<Identity> {
  const authorization = request.header('authorization');
  if (authorization !== undefined) {
    const account = await checkLogIn(webmail, connection, credentialsOf(authorization));
    return { account, session: undefined };
  }
  const token = tokenIn(connection, request.header('cookie'));
  if (token === undefined) throw unauthorized();
  if (!mayCome(request)) throw new RequestRefused(403, 'crossSite', 'a request from another site');
  const session = await webmail.sessions.find(token);
  const account = session && (await webmail.ports.accounts.find(session.address));
  if (session === undefined || account?.accountId !== session.accountId) throw unauthorized();
  return { account, session };
}

function mayCome(request: RequestHead): boolean {
  const site = request.header('sec-fetch-site');
  const upgrade = request.header('upgrade') !== undefined;
  if ((request.method === 'GET' || request.method === 'HEAD') && !upgrade)
    return site === undefined || site === 'same-origin' || site === 'none';
  return isSameOrigin({ site, origin: request.header('origin'), host: request.header('host') });
}

/** Throws `RequestRefused`: 401, 403 where a password may not come in clear, 429. */
export async function checkLogIn(
  webmail: Webmail,
  connection: Connection,
  credentials: SaslCredentials,
): Promise<Account> {
  const { ports, config, metrics } = webmail;
  if (!passwordAllowed(connection, config.plaintextAuth))
    throw new RequestRefused(403, 'plaintext', 'log in over HTTPS');
  const checked = await ports.logIns.of('http', connection).check(credentials);
  metrics.logins.inc({ result: checked.outcome });
  if (checked.outcome === 'accepted') return checked.account;
  if (checked.outcome === 'throttled') throw throttled();
  throw unauthorized();
}

export function throttled(): RequestRefused {
  return new RequestRefused(429, 'tooMany', 'too many wrong log-ins: try again later', {
    'retry-after': String(THROTTLED_SECONDS),
  });
}

/** A browser that runs our client asks by itself; its own dialog would be in the way. */
function unauthorized(): RequestRefused {
  return new RequestRefused(401, 'wrongPassword', 'log in first', {
    'www-authenticate': 'Basic realm="Cartero", charset="UTF-8"',
  });
}

const MAX_AUTHORIZATION_CHARS = 8_192;

function credentialsOf(header: string): SaslCredentials {
  const [, scheme = '', value = ''] =
    /^([A-Za-z]{1,20}) +([!-~]+) *$/.exec(header.slice(0, MAX_AUTHORIZATION_CHARS)) ?? [];
  if (scheme.toLowerCase() === 'bearer')
    return passwordIn(value) ?? { kind: 'token', token: value, authenticationId: '', authorizationId: '' };
  const password = scheme.toLowerCase() === 'basic' ? passwordIn(value) : undefined;
  if (password === undefined) throw unauthorized();
  return password;
}

/**
 * `address:password` in base64, as Basic has it. Clients that know Bearer alone may send an app password that way:
 * no token reads like it, as a JWT has dots.
 */
function passwordIn(value: string): SaslCredentials | undefined {
  const pair = /^[\w+/=-]+$/.test(value) ? Buffer.from(value, 'base64').toString('utf8') : '';
  const [, authenticationId, password] = /^([^:\0]+@[^:\0]+):([^\0]+)$/.exec(pair) ?? [];
  if (authenticationId === undefined || password === undefined) return undefined;
  return { kind: 'password', authenticationId, authorizationId: '', password };
}

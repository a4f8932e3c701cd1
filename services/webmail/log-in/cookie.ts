import type { Connection } from '../../../shared/net/connection.ts';

/** With the prefix, a browser takes it over TLS alone and for exactly this host (RFC 6265bis §4.1.3). */
const SECURE_NAME = '__Host-cartero';
const PLAIN_NAME = 'cartero';
/** A session may be renewed for as long as this; the server's own limits are stricter. Seconds. */
const MAX_AGE_SECONDS = 90 * 86_400;

const nameOf = (connection: Connection): string => (connection.secure === null ? PLAIN_NAME : SECURE_NAME);

export function setCookie(connection: Connection, token: string): string {
  return attributes(connection, token, MAX_AGE_SECONDS);
}

export function clearCookie(connection: Connection): string {
  return attributes(connection, '', 0);
}

function attributes(connection: Connection, value: string, maxAge: number): string {
  const secure = connection.secure === null ? '' : '; Secure';
  return `${nameOf(connection)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure}`;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token in a Cookie header; undefined: none that is ours. */
export function tokenIn(connection: Connection, header: string | undefined): string | undefined {
  const name = nameOf(connection);
  for (const pair of (header ?? '').split(';')) {
    const [key, value = ''] = pair.trim().split('=', 2);
    if (key === name && TOKEN.test(value)) return value;
  }
  return undefined;
}

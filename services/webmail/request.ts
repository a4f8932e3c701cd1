import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { Connection } from '../../shared/net/connection.ts';
import type { RequestHead } from './log-in/authenticate.ts';
import type { Webmail } from './webmail.ts';

/** The connection that a request came over. */
export function connectionOf(webmail: Webmail, context: Context): Connection {
  const { incoming } = context.env as { readonly incoming: IncomingMessage };
  return webmail.http.connectionOf(incoming);
}

export function headOf({ req }: Context): RequestHead {
  return { method: req.method, header: (name) => req.header(name) };
}

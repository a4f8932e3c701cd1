import { Hono } from 'hono';
import { z } from 'zod';
import { authenticate, checkLogIn, type Identity } from '../log-in/authenticate.ts';
import { clearCookie, setCookie } from '../log-in/cookie.ts';
import { isSameOrigin } from '../log-in/same-origin.ts';
import { RequestRefused } from '../problem.ts';
import { connectionOf, headOf } from '../request.ts';
import type { Webmail } from '../webmail.ts';

const MAX_CHARS = 1_024;
const logIn = z.strictObject({
  username: z.string().min(1).max(MAX_CHARS),
  password: z.string().min(1).max(MAX_CHARS),
  code: z.string().max(MAX_CHARS).optional(),
});

/** Logging in and out of the web client; JMAP clients of others log in with each request instead. */
export function authRoutes(webmail: Webmail): Hono {
  return new Hono()
    .post('/log-in', async (context) => {
      const site = context.req.header('sec-fetch-site');
      const origin = context.req.header('origin');
      // Nobody may be logged in to somebody else's account by a page of that one.
      if ((site ?? origin) !== undefined && !isSameOrigin({ site, origin, host: context.req.header('host') }))
        throw new RequestRefused(403, 'crossSite', 'a request from another site');
      if (!/^application\/json\b/i.test(context.req.header('content-type') ?? ''))
        throw new RequestRefused(415, 'notJson', 'the body has to be application/json');
      const body = logIn.safeParse(await context.req.json().catch(() => undefined));
      if (!body.success) throw new RequestRefused(400, 'badRequest', 'username and password are wanted');
      const connection = connectionOf(webmail, context);
      const account = await checkLogIn(webmail, connection, {
        kind: 'password',
        authenticationId: body.data.username,
        authorizationId: '',
        password: body.data.password,
      });
      const client = context.req.header('user-agent') ?? '';
      const { token } = await webmail.sessions.open(account, connection.remoteAddress, client);
      context.header('set-cookie', setCookie(connection, token));
      return context.body(null, 204);
    })
    .get('/session', async (context) => {
      const identity = await authenticate(webmail, headOf(context), connectionOf(webmail, context));
      return context.json(sessionOf(identity));
    })
    .post('/log-out', async (context) => {
      const connection = connectionOf(webmail, context);
      const { account, session } = await authenticate(webmail, headOf(context), connection);
      if (session !== undefined) await webmail.sessions.end(account.accountId, session.sessionId);
      context.header('set-cookie', clearCookie(connection));
      context.header('clear-site-data', '"cache"');
      return context.body(null, 204);
    });
}

function sessionOf({ account, session }: Identity): object {
  return {
    address: account.address,
    accountId: account.accountId,
    sessionId: session?.sessionId ?? null,
    expiresAt: session?.expiresAt ?? null,
  };
}

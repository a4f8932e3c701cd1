import { type Context, Hono } from 'hono';
import { authenticate } from '../log-in/authenticate.ts';
import { connectionOf, headOf } from '../request.ts';
import type { Webmail } from '../webmail.ts';
import { limit, readRequest, runRequest } from './api.ts';
import { download } from './blob/download.ts';
import { upload } from './blob/upload.ts';
import { readJson } from './body.ts';
import { eventSource } from './push/event-source.ts';
import { sessionResource } from './session.ts';

/** `/.well-known/jmap` (RFC 8620 §2.2): the session resource itself. */
export function wellKnown(webmail: Webmail): Hono {
  return new Hono().get('/', (context) => session(webmail, context));
}

/** Everything below `/jmap`. */
export function jmapRoutes(webmail: Webmail): Hono {
  return new Hono()
    .get('/session', (context) => session(webmail, context))
    .post('/upload/:accountId', (context) => upload(webmail, context))
    .post('/upload/:accountId/', (context) => upload(webmail, context))
    .get('/download/:accountId/:blobId/:name', (context) => download(webmail, context))
    .get('/events', (context) => eventSource(webmail, context))
    .post('/api', async (context) => {
      const identity = await authenticate(webmail, headOf(context), connectionOf(webmail, context));
      const endTurn = await webmail.requestSlots.take(identity.account.accountId);
      if (endTurn === undefined)
        throw limit('maxConcurrentRequests', 'too many requests at the same time', 429);
      try {
        const request = readRequest(webmail, await readJson(context));
        const result = await runRequest(webmail, identity, request);
        const { state } = sessionResource(webmail, identity, originOf(webmail, context)) as { state: string };
        return context.json({ ...result, sessionState: state });
      } finally {
        endTurn();
      }
    });
}

async function session(webmail: Webmail, context: Context): Promise<Response> {
  const identity = await authenticate(webmail, headOf(context), connectionOf(webmail, context));
  return context.json(sessionResource(webmail, identity, originOf(webmail, context)));
}

const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** What URLs of ours begin with: as the settings have it, else as the client reached us. */
export function originOf(webmail: Webmail, context: Context): string {
  const { config } = webmail;
  if (config.jmapUrl !== undefined) return new URL(config.jmapUrl).origin;
  const connection = connectionOf(webmail, context);
  const host = context.req.header('host') ?? '';
  const scheme = connection.secure === null ? 'http' : 'https';
  return `${scheme}://${HOST.test(host) ? host : config.hostname}`;
}

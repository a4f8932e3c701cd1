import { join } from 'node:path';
import { Hono } from 'hono';
import { DatabaseUnavailable } from '../../shared/database/port.ts';
import { isUnavailable } from '../../shared/database/unavailable.ts';
import { MailboxUnavailable } from '../../shared/mailbox/operations.ts';
import { SpoolUnavailable } from '../../shared/spool/port.ts';
import { jmapRoutes, wellKnown } from './jmap/routes.ts';
import { problem, RequestRefused } from './problem.ts';
import { connectionOf } from './request.ts';
import { acmeChallenge } from './routes/acme-challenge.ts';
import { authRoutes } from './routes/auth.ts';
import { setUpRoutes } from './routes/set-up.ts';
import { securityHeaders } from './security-headers.ts';
import { staticFiles } from './static-files.ts';
import type { Webmail } from './webmail.ts';

/** Everything there is on HTTP_PORT and HTTPS_PORT. */
export function createApp(webmail: Webmail): Hono {
  const { ports, metrics } = webmail;
  return new Hono()
    .use(async (context, next) => {
      const started = performance.now();
      await next();
      metrics.requests.inc({ status: context.res.status });
      metrics.requestSeconds.observe({}, (performance.now() - started) / 1000);
    })
    .use(securityHeaders((context) => connectionOf(webmail, context).secure !== null))
    .route('/auth', authRoutes(webmail))
    .route('/.well-known/jmap', wellKnown(webmail))
    .route('/jmap', jmapRoutes(webmail))
    .route('/.well-known/acme-challenge', acmeChallenge(webmail))
    .route('/', setUpRoutes(webmail))
    .get('/healthz', (context) => context.text('ok\n'))
    .route('/', staticFiles(join(import.meta.dirname, 'client/dist')))
    .notFound((context) => problem(context, new RequestRefused(404, 'notFound', 'there is nothing here')))
    .onError((error, context) => {
      if (error instanceof RequestRefused) return problem(context, error);
      if (
        error instanceof MailboxUnavailable ||
        error instanceof SpoolUnavailable ||
        error instanceof DatabaseUnavailable ||
        isUnavailable(error)
      )
        return problem(
          context,
          new RequestRefused(503, 'unavailable', 'try again in a moment', { 'retry-after': '5' }),
        );
      metrics.failures.inc();
      ports.log.error({ err: error, path: context.req.path }, 'a request failed');
      return problem(context, new RequestRefused(500, 'failed', 'the request failed'));
    });
}

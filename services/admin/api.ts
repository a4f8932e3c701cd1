import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { accountsChanged } from '../../shared/bus/subjects.ts';
import { DatabaseUnavailable } from '../../shared/database/port.ts';
import { isUnavailable } from '../../shared/database/unavailable.ts';
import { MailboxUnavailable } from '../../shared/mailbox/operations.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { METRICS_TYPE } from '../../shared/runtime/metrics.ts';
import type { Ports } from '../../shared/runtime/service.ts';
import { RequestRefused, refuse } from './answer.ts';
import { accountRoutes } from './routes/accounts.ts';
import { aliasRoutes } from './routes/aliases.ts';
import { appPasswordRoutes } from './routes/app-passwords.ts';
import { dkimRoutes } from './routes/dkim.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { domainDnsRoutes } from './routes/domain-dns.ts';
import { domainRoutes } from './routes/domains.ts';
import { leaseRoutes } from './routes/leases.ts';
import { logInRoutes } from './routes/log-ins.ts';
import { mailboxRoutes } from './routes/mailboxes.ts';
import { queueRoutes } from './routes/queue.ts';
import { reportRoutes } from './routes/reports.ts';
import { routeRoutes, sourceRoutes } from './routes/routes.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { createTokenCheck } from './token.ts';

/** Largest request: an import of 500 accounts is a tenth of it. */
const MAX_BODY_BYTES = 1_048_576;

export interface ApiOptions {
  readonly config: Config;
  readonly token: string;
  /** The reasons why not; empty: ready. */
  readonly ready: () => readonly string[];
}

/** The admin API under /api, for who has the token; /metrics, /healthz and /readyz for all who reach the port. */
export function createApi(ports: Ports, options: ApiOptions): Hono {
  const mayEnter = createTokenCheck(options.token);
  const requests = ports.metrics.counter('cartero_admin_requests_total', 'Requests to the admin API', [
    'status',
  ]);
  const announce: MiddlewareHandler = async (context, next) => {
    await next();
    if (context.req.method !== 'GET' && context.res.ok) ports.bus.publish(accountsChanged(), {});
  };
  const api = new Hono()
    .use(async (context, next) => {
      if (!mayEnter(context.req.header('authorization'))) {
        context.header('www-authenticate', 'Bearer');
        return refuse(context, 401, 'unauthorized', 'the admin API wants its token');
      }
      await next();
    })
    .use(
      bodyLimit({
        maxSize: MAX_BODY_BYTES,
        onError: (context) => {
          // The rest of the body is not read, so no other request can follow on this connection.
          context.header('connection', 'close');
          return refuse(context, 413, 'too-large', `a request has at most ${MAX_BODY_BYTES} bytes`);
        },
      }),
    )
    .use('/domains/*', announce)
    .use('/accounts/*', announce)
    .use('/aliases/*', announce)
    .use('/routes/*', announce)
    .use('/sources/*', announce)
    .route('/domains', domainRoutes(ports))
    .route('/domains', dkimRoutes(ports))
    .route('/domains', domainDnsRoutes(ports, options.config))
    .route('/accounts', accountRoutes(ports))
    .route('/accounts', appPasswordRoutes(ports))
    .route('/log-ins', logInRoutes(ports))
    .route('/aliases', aliasRoutes(ports))
    .route('/mailboxes', mailboxRoutes(ports))
    .route('/queue', queueRoutes(ports))
    .route('/reports', reportRoutes(ports))
    .route('/routes', routeRoutes(ports))
    .route('/sources', sourceRoutes(ports))
    .route('/sessions', sessionRoutes(ports))
    .route('/leases', leaseRoutes(ports))
    .route('/doctor', doctorRoutes(ports));

  return new Hono()
    .use('/api/*', async (context, next) => {
      await next();
      requests.inc({ status: context.res.status });
    })
    .route('/api', api)
    .get('/healthz', (context) => context.text('ok\n'))
    .get('/readyz', (context) => {
      const reasons = options.ready();
      return reasons.length === 0 ? context.text('ready\n') : context.text(`${reasons.join('\n')}\n`, 503);
    })
    .get('/metrics', async (context) =>
      context.body(await ports.metrics.text(), 200, {
        'content-type': METRICS_TYPE,
      }),
    )
    .notFound((context) => refuse(context, 404, 'not-found', 'there is nothing at this address'))
    .onError((error, context) => {
      if (error instanceof RequestRefused) return refuse(context, error.status, error.code, error.message);
      if (error instanceof MailboxUnavailable)
        return refuse(
          context,
          503,
          'unavailable',
          'the mailboxes of this account do not answer at the moment',
        );
      ports.log.error({ error, path: context.req.path }, 'admin request failed');
      return error instanceof DatabaseUnavailable || isUnavailable(error)
        ? refuse(context, 503, 'unavailable', 'the database cannot be reached at the moment')
        : refuse(context, 500, 'failed', 'the request failed; the log of the admin service says why');
    });
}

import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { splitAddress } from '../../../shared/account/address.ts';
import { ownMtaStsPolicy } from '../../../shared/account/mta-sts-policy.ts';
import { publishedServices } from '../../../shared/account/published-services.ts';
import { RequestRefused } from '../problem.ts';
import type { Webmail } from '../webmail.ts';
import { autoconfig } from './set-up/autoconfig.ts';
import { askedAddress, autodiscover } from './set-up/autodiscover.ts';
import { mobileConfig } from './set-up/mobile-config.ts';
import type { Offer } from './set-up/offer.ts';

/** Autodiscover requests have a few hundred bytes. */
const MAX_BODY_BYTES = 16_384;
const XML = { 'content-type': 'text/xml; charset=utf-8' };

/**
 * What mail programs ask to set themselves up, and other servers about our TLS, without a log-in: it tells of a domain what its DNS
 * tells, and nothing of accounts.
 */
export function setUpRoutes(webmail: Webmail): Hono {
  const { ports, config } = webmail;
  const services = publishedServices(config);
  const policy = ownMtaStsPolicy(config);

  /** Throws `RequestRefused` when it is not an address in a domain of ours. */
  const offerFor = async (address: string): Promise<Offer> => {
    const parts = splitAddress(address);
    if (parts === undefined || !(await ports.accounts.isLocalDomain(parts.domain))) throw notOurs();
    return { address, domain: parts.domain, hostname: config.hostname, services };
  };

  const thunderbird = new Hono().get('/', async (context) => {
    const host = hostOf(context.req.header('host'));
    const address = context.req.query('emailaddress') ?? `user@${host.replace(/^autoconfig\./, '')}`;
    // Asked for the domain alone, each program fills in the address.
    const offer = await offerFor(address);
    return context.body(autoconfig(offer), 200, XML);
  });

  return new Hono()
    .route('/mail/config-v1.1.xml', thunderbird)
    .route('/.well-known/autoconfig/mail/config-v1.1.xml', thunderbird)
    .post(
      '/:path{[Aa]utodiscover/[Aa]utodiscover\\.xml}',
      bodyLimit({
        maxSize: MAX_BODY_BYTES,
        onError: () => {
          throw new RequestRefused(413, 'tooLarge', `a request has at most ${MAX_BODY_BYTES} bytes`);
        },
      }),
      async (context) => {
        const address = askedAddress(await context.req.text());
        if (address === null)
          throw new RequestRefused(400, 'badRequest', 'an Autodiscover request is wanted');
        return context.body(autodiscover(await offerFor(address)), 200, XML);
      },
    )
    .get('/mail.mobileconfig', async (context) => {
      const offer = await offerFor(context.req.query('emailaddress') ?? '');
      return context.body(mobileConfig(offer), 200, {
        'content-type': 'application/x-apple-aspen-config; charset=utf-8',
        'content-disposition': 'attachment; filename="mail.mobileconfig"',
      });
    })
    .get('/.well-known/mta-sts.txt', async (context) => {
      const domain = hostOf(context.req.header('host')).replace(/^mta-sts\./, '');
      if (policy === null || !(await ports.accounts.isLocalDomain(domain))) throw notOurs();
      return context.text(policy.text);
    });
}

function notOurs(): RequestRefused {
  return new RequestRefused(404, 'notFound', 'this server has no mail of that domain');
}

/** Lower case, without port and final dot. */
function hostOf(host = ''): string {
  return host
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
}

import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { listDkimKeys } from '../../../shared/account/dkim-keys.ts';
import { dnsRecords } from '../../../shared/account/dns-records.ts';
import { ownMtaStsPolicy } from '../../../shared/account/mta-sts-policy.ts';
import { isDirectoryRefusal } from '../../../shared/account/refusal.ts';
import { createResolver } from '../../../shared/net/resolver.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer } from '../answer.ts';
import { checkRecords } from '../dns-check.ts';

/** What the DNS should have for a domain, and what it has. */
export function domainDnsRoutes({ database }: Ports, config: Config): Hono {
  const resolver = createResolver(config.dnsServers);
  return new Hono().get('/:name/dns', async (context) => {
    const keys = await listDkimKeys(database, context.req.param('name'));
    if ('refused' in keys && isDirectoryRefusal(keys)) return answer(context, keys);
    const domain = context.req.param('name').toLowerCase();
    const wanted = dnsRecords(domain, { config, keys, tlsa: await tlsaOf(config) });
    return answer(context, {
      records: await checkRecords(resolver, wanted),
      mtaStsPolicy: ownMtaStsPolicy(config)?.text ?? null,
    });
  });
}

/** Of the key of TLS_CERT_FILE (RFC 6698 §2.1: selector 1, matching type 1), which a renewal may keep. */
async function tlsaOf({ tlsCertFile }: Config): Promise<string | null> {
  if (tlsCertFile === undefined) return null;
  try {
    const { publicKey } = new X509Certificate(await readFile(tlsCertFile));
    return createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex');
  } catch {
    // This process need not have it; the record is left out.
    return null;
  }
}

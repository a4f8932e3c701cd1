import { Networks } from '../../../shared/net/networks.ts';
import { createResolver } from '../../../shared/net/resolver.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { resolveBy } from '../authentication/resolve.ts';
import type { IngressMetrics } from '../metrics.ts';
import { basePolicy, type Policy } from '../policy.ts';
import { refusals } from '../refusals.ts';
import { allOf } from './all-of.ts';
import { dnsbl } from './dnsbl.ts';
import { greetingDelay } from './greeting-delay.ts';
import { greylist } from './greylist.ts';
import { holds } from './holds.ts';
import { hook } from './hook.ts';
import { iprev } from './iprev.ts';
import { LookUp } from './look-up.ts';
import { milter } from './milter.ts';
import { rates } from './rates.ts';
import { senderChecks } from './sender-checks.ts';

/** The policies that the settings ask for, in the order in which they are asked: what costs least first. */
export function chosenPolicies(ports: Ports, config: Config, metrics: IngressMetrics): Policy {
  const trusted = new Networks(config.trustedNetworks);
  const allowed = new Networks([...config.trustedNetworks, ...config.allowedNetworks]);
  const exempt = (address: string): boolean => allowed.contains(address);
  const policies: Policy[] = [
    basePolicy(config.acceptMail === 'yes', refusals.noMailHere),
    rates(ports, config, trusted),
    holds(ports, config.heldMessages),
    greetingDelay(config.greetingDelayMs, exempt),
  ];
  const resolver = createResolver(config.dnsServers);
  const lookUp = new LookUp(resolver);
  if (config.fcrdns !== 'off')
    policies.push(iprev(lookUp, { refuse: config.fcrdns === 'refuse', hostname: config.hostname, exempt }));
  if (config.dnsblZones.length > 0)
    policies.push(dnsbl(lookUp, ports.log, { zones: config.dnsblZones, exempt }));
  if (config.greylist === 'on') {
    const options = { delayMs: config.greylistDelayMs, exempt, now: () => Date.now() };
    policies.push(greylist(ports.sessions, options));
  }
  if (config.checkSenders !== 'never')
    policies.push(
      senderChecks({
        clients: config.checkSenders,
        honourDmarc: config.dmarcPolicy === 'honour',
        trustedSealers: config.trustedSealers,
        authservId: config.hostname,
        resolve: resolveBy(resolver),
        log: ports.log,
        metrics,
      }),
    );
  const { milterTimeoutMs, policyFailure, hostname } = config;
  for (const address of config.milters)
    policies.push(
      milter(ports, { address, timeoutMs: milterTimeoutMs, whenUnavailable: policyFailure, hostname }),
    );
  if (config.hookUrl !== undefined)
    policies.push(
      hook(ports, {
        url: config.hookUrl,
        stages: config.hookStages,
        timeoutMs: config.hookTimeoutMs,
        whenUnavailable: policyFailure,
      }),
    );
  return allOf(...policies);
}

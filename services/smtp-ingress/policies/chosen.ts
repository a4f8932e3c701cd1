import { Networks } from '../../../shared/net/networks.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { basePolicy, type Policy } from '../policy.ts';
import { refusals } from '../refusals.ts';
import { allOf } from './all-of.ts';
import { greetingDelay } from './greeting-delay.ts';
import { greylist } from './greylist.ts';
import { rates } from './rates.ts';

/** The policies that the settings ask for, in the order in which they are asked: what costs least first. */
export function chosenPolicies(ports: Ports, config: Config): Policy {
  const trusted = new Networks(config.trustedNetworks);
  const allowed = new Networks([...config.trustedNetworks, ...config.allowedNetworks]);
  const exempt = (address: string): boolean => allowed.contains(address);
  const policies: Policy[] = [
    basePolicy(config.acceptMail === 'yes', refusals.noMailHere),
    rates(ports, config, trusted),
    greetingDelay(config.greetingDelayMs, exempt),
  ];
  if (config.greylist === 'on') {
    const options = { delayMs: config.greylistDelayMs, exempt, now: () => Date.now() };
    policies.push(greylist(ports.sessions, options));
  }
  return allOf(...policies);
}

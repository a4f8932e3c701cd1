import type { Ports } from '../../../shared/runtime/service.ts';
import type { Envelope } from '../envelope.ts';
import { isSubmission } from '../ingress.ts';
import type { ConnectionPolicy, Policy } from '../policy.ts';
import { refusals } from '../refusals.ts';

const DAY_MS = 86_400_000;

/**
 * How many messages one account may have held (RFC 4865): they lie in the spool for as long as it likes. More of them are put
 * off by 455 (RFC 5321 §4.2.3): the parameter cannot be accommodated now. Not counted while the session store is away.
 */
export function holds({ sessions }: Pick<Ports, 'sessions'>, limit: number): Policy {
  const policy: ConnectionPolicy = {
    async mail({ parameters, submitter }: Envelope) {
      if (parameters.hold === undefined || submitter === undefined) return undefined;
      const held = await sessions.count(`rate:held:${submitter.accountId}`, DAY_MS).catch(() => 0);
      return held > limit ? refusals.tooManyHeld : undefined;
    },
  };
  return (listener) => (isSubmission(listener) ? policy : {});
}

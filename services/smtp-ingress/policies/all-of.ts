import type { Envelope } from '../envelope.ts';
import type { ConnectionPolicy, EndOfDataAnswer, Policy, PolicyAnswer } from '../policy.ts';

const HOOKS: readonly (keyof ConnectionPolicy)[] = [
  'connect',
  'mail',
  'rcpt',
  'data',
  'content',
  'endOfData',
  'traceFields',
  'reset',
  'closed',
];

/**
 * Several policies as one. Each hook is asked in order, and the first refusal stands: the policies after it are not asked. A
 * message that one of them wants in quarantine goes there unless a later one refuses it. Their
 * trace fields stand in order, the first one's on top. `reset` and `closed` reach all. What no policy has, the result has not.
 */
export function allOf(...policies: readonly Policy[]): Policy {
  return (...who) => {
    const present = policies.map((policy) => policy(...who)).filter(hasHooks);
    return present.length === 1 ? present[0]! : composed(present);
  };
}

function composed(policies: readonly ConnectionPolicy[]): ConnectionPolicy {
  const asking = <Hook extends 'connect' | 'mail' | 'rcpt' | 'data'>(hook: Hook) => {
    const those = having(policies, hook);
    if (those.length === 0) return {};
    type Arguments = Parameters<NonNullable<ConnectionPolicy[Hook]>>;
    const ask = (policy: ConnectionPolicy, args: Arguments): PolicyAnswer =>
      (policy[hook] as (...args: Arguments) => PolicyAnswer)(...args);
    return { [hook]: (...args: Arguments) => firstRefusal(those, (policy) => ask(policy, args)) };
  };
  const judging = having(policies, 'endOfData');
  const watching = having(policies, 'content');
  const tracing = having(policies, 'traceFields');
  return {
    ...asking('connect'),
    ...asking('mail'),
    ...asking('rcpt'),
    ...asking('data'),
    ...(judging.length > 0 && { endOfData: (envelope) => verdictOf(judging, envelope) }),
    ...(watching.length > 0 && {
      async content(chunk) {
        for (const policy of watching) await policy.content!(chunk);
      },
    }),
    ...(tracing.length > 0 && {
      async traceFields(envelope) {
        let fields = '';
        for (const policy of tracing) fields += await policy.traceFields!(envelope);
        return fields;
      },
    }),
    ...toAll(policies, 'reset'),
    ...toAll(policies, 'closed'),
  };
}

async function firstRefusal(
  policies: readonly ConnectionPolicy[],
  ask: (policy: ConnectionPolicy) => PolicyAnswer,
): Promise<Awaited<PolicyAnswer>> {
  for (const policy of policies) {
    const refusal = await ask(policy);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function verdictOf(
  policies: readonly ConnectionPolicy[],
  envelope: Envelope,
): Promise<EndOfDataAnswer> {
  let doubt: EndOfDataAnswer;
  for (const policy of policies) {
    const verdict = await policy.endOfData!(envelope);
    if (verdict !== undefined && 'code' in verdict) return verdict;
    if (doubt === undefined || (verdict !== undefined && 'discard' in verdict)) doubt = verdict;
  }
  return doubt;
}

function toAll(policies: readonly ConnectionPolicy[], hook: 'reset' | 'closed'): ConnectionPolicy {
  const those = having(policies, hook);
  if (those.length === 0) return {};
  return {
    [hook]: () => {
      for (const policy of those) policy[hook]!();
    },
  };
}

function hasHooks(policy: ConnectionPolicy): boolean {
  return HOOKS.some((hook) => policy[hook] !== undefined);
}

function having(policies: readonly ConnectionPolicy[], hook: keyof ConnectionPolicy): ConnectionPolicy[] {
  return policies.filter((policy) => policy[hook] !== undefined);
}

import type { Resolution } from '../../shared/account/port.ts';
import type { ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import type { SpoolTarget } from '../../shared/spool/port.ts';
import { refusals } from './refusals.ts';

type Target = Exclude<Resolution, { kind: 'alias' | 'unknown' }>;
type AccountTarget = Extract<Resolution, { kind: 'account' }>;

/** Where a forward-path leads, or why it is not taken. An alias of ours may lead anywhere; a remote one is for those who may relay. */
export function judgeRecipient(
  resolution: Resolution,
  mayRelay: boolean,
): readonly SpoolTarget[] | ServerReply {
  switch (resolution.kind) {
    case 'unknown':
      return refusals.noSuchMailbox;
    case 'remote':
      return mayRelay ? [spoolTarget(resolution)] : refusals.relayingDenied;
    case 'account':
      return accountRefusal(resolution) ?? [spoolTarget(resolution)];
    case 'alias':
      return judgeAlias(resolution.targets);
  }
}

/** Refused only when none of its targets can take the message; else an account that is full gets it as well, as it would a moment after the answer. */
function judgeAlias(targets: readonly Target[]): readonly SpoolTarget[] | ServerReply {
  const refused = targets.map((target) => (target.kind === 'account' ? accountRefusal(target) : undefined));
  if (!refused.includes(undefined))
    return refused.find((each) => each === refusals.overQuota) ?? refusals.mailboxDisabled;
  return targets.filter((_, i) => refused[i] !== refusals.mailboxDisabled).map(spoolTarget);
}

function accountRefusal(target: AccountTarget): ServerReply | undefined {
  if (!target.account.enabled) return refusals.mailboxDisabled;
  return target.overQuota ? refusals.overQuota : undefined;
}

function spoolTarget(target: Target): SpoolTarget {
  return target.kind === 'account'
    ? { kind: 'local', account: target.account.accountId, forwardPath: target.address }
    : { kind: 'remote', destination: target.destination, forwardPath: target.address };
}

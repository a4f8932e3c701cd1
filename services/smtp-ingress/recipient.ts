import { splitAddress } from '../../shared/account/address.ts';
import type { AliasTarget, Resolution } from '../../shared/account/port.ts';
import type { RcptParameters } from '../../shared/protocol/smtp/rcpt-parameters.ts';
import type { ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import { Notify, type Report, type SpoolRecipient, type SpoolTarget } from '../../shared/spool/port.ts';
import { refusals } from './refusals.ts';

type AccountTarget = Extract<Resolution, { kind: 'account' }>;
type Alias = Extract<Resolution, { kind: 'alias' }>;

export interface Asked extends RcptParameters {
  /** Relaying is allowed. */
  readonly mayRelay: boolean;
  /** Octets declared by MAIL; 0 when not. */
  readonly size: number;
  readonly nullReversePath: boolean;
}

/** Where mail for a path without a domain goes: nowhere (RFC 2606). */
const NO_DOMAIN = 'invalid';

/**
 * Where a forward-path leads, or why it is not taken. An alias of ours may lead anywhere; a remote one is for those who may relay.
 * What is to be told of it goes along as RFC 3461 §5.2.7 has it.
 */
export function judgeRecipient(
  resolution: Resolution,
  asked: Asked,
): readonly SpoolRecipient[] | ServerReply {
  const { notify, originalRecipient } = asked;
  switch (resolution.kind) {
    case 'unknown':
      return refusals.noSuchMailbox;
    case 'remote':
      return asked.mayRelay
        ? [{ target: spoolTarget(resolution), notify, originalRecipient }]
        : refusals.relayingDenied;
    case 'account':
      return (
        accountRefusal(resolution, asked.size) ?? [
          { target: spoolTarget(resolution), notify, originalRecipient },
        ]
      );
    case 'alias':
      return judgeAlias(resolution, asked);
  }
}

/**
 * Refused only when none of its targets can take the message. Of several, one that is full is told to the sender by a DSN, once;
 * one that is disabled gets nothing.
 */
function judgeAlias(alias: Alias, asked: Asked): readonly SpoolRecipient[] | ServerReply {
  const { targets } = alias;
  const refused = targets.map((target) =>
    target.kind === 'account' ? accountRefusal(target, asked.size) : undefined,
  );
  if (!refused.includes(undefined))
    return refused.find((each) => each !== refusals.mailboxDisabled) ?? refusals.mailboxDisabled;
  const told = toldOfMembers(alias, asked);
  const members = targets.flatMap((target, i): SpoolRecipient[] => {
    if (refused[i] === refusals.mailboxDisabled) return [];
    // Where nobody can be told, it is delivered, as it would be a moment after the answer.
    if (refused[i] !== undefined && !asked.nullReversePath)
      return [report(target.address, 'over-quota', told, target)];
    return [{ target: spoolTarget(target), ...told, ...ownerOf(target) }];
  });
  return [...members, ...expansion(alias, asked)];
}

/** Its owner hears of a list's members (RFC 3461 §5.2.7.3), the sender of what an alias leads to, but for success. */
function toldOfMembers({ list, targets }: Alias, { notify, originalRecipient }: Asked): Told {
  if (list) return { notify: 0 };
  if (targets.length === 1 || notify === 0) return { notify, originalRecipient };
  return { notify: notify & ~Notify.Success || Notify.Never, originalRecipient };
}

interface Told {
  readonly notify: number;
  readonly originalRecipient?: string;
}

/** NOTIFY=SUCCESS is answered here: what becomes of it further on is not told (RFC 3461 §5.2.7.2, §5.2.7.3). */
function expansion(
  { address, list, targets }: Alias,
  { notify, originalRecipient }: Asked,
): SpoolRecipient[] {
  const told = (notify & Notify.Success) !== 0 && (list || targets.length > 1);
  return told ? [report(address, list ? 'delivered' : 'expanded', { notify, originalRecipient })] : [];
}

function report(forwardPath: string, kind: Report, told: Told, target?: AliasTarget): SpoolRecipient {
  const destination = splitAddress(forwardPath)?.domain ?? NO_DOMAIN;
  return {
    target: { kind: 'remote', destination, forwardPath },
    report: kind,
    ...told,
    ...(target && ownerOf(target)),
  };
}

function ownerOf({ listOwner }: AliasTarget): { reversePath?: string } {
  return listOwner === undefined ? {} : { reversePath: listOwner };
}

function accountRefusal(target: AccountTarget, size: number): ServerReply | undefined {
  const { account, overQuota, room = Number.POSITIVE_INFINITY } = target;
  if (!account.enabled) return refusals.mailboxDisabled;
  if (account.quotaBytes !== null && size > account.quotaBytes) return refusals.largerThanQuota;
  return overQuota || size > room ? refusals.overQuota : undefined;
}

function spoolTarget(target: AliasTarget): SpoolTarget {
  return target.kind === 'account'
    ? { kind: 'local', account: target.account.accountId, forwardPath: target.address }
    : { kind: 'remote', destination: target.destination, forwardPath: target.address };
}

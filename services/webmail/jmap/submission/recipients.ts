import { splitAddress } from '../../../../shared/account/address.ts';
import type { AccountDirectory, AliasTarget, Resolution } from '../../../../shared/account/port.ts';
import { Notify, type SpoolRecipient } from '../../../../shared/spool/port.ts';

/** Where a forward-path leads; undefined: nobody has that address, or nobody there takes mail. As SMTP submission has it. */
export async function recipientsOf(
  accounts: AccountDirectory,
  forwardPath: string,
  reversePath: string,
  notify: number = Notify.Failure | Notify.Delay,
): Promise<readonly SpoolRecipient[] | undefined> {
  const resolution = await accounts.resolve(forwardPath);
  switch (resolution.kind) {
    case 'unknown':
      return undefined;
    case 'remote':
      return [{ target: targetOf(resolution), notify }];
    case 'account':
      return resolution.account.enabled ? [{ target: targetOf(resolution), notify }] : undefined;
    case 'alias': {
      const members = await Promise.all(
        resolution.targets
          .filter((target) => target.kind === 'remote' || target.account.enabled)
          .map((target) => memberOf(accounts, resolution, target, reversePath, notify)),
      );
      return members.length === 0 ? undefined : members;
    }
  }
}

/** What leaves us goes out with a reverse-path of ours, a list's with its owner's. */
async function memberOf(
  accounts: AccountDirectory,
  alias: Extract<Resolution, { kind: 'alias' }>,
  target: AliasTarget,
  reversePath: string,
  notify: number,
): Promise<SpoolRecipient> {
  const own: SpoolRecipient = {
    target: targetOf(target),
    notify: alias.list ? 0 : notify,
    ...(target.listOwner === undefined ? {} : { reversePath: target.listOwner }),
  };
  if (target.kind === 'account') return own;
  const via = target.via ?? alias.address;
  const forwarder = splitAddress(via)?.domain;
  if (own.reversePath !== undefined) return { ...own, forwarder };
  return { ...own, forwarder, reversePath: await accounts.forwardedReversePath(reversePath, via) };
}

function targetOf(target: AliasTarget): SpoolRecipient['target'] {
  return target.kind === 'account'
    ? { kind: 'local', account: target.account.accountId, forwardPath: target.address }
    : { kind: 'remote', destination: target.destination, forwardPath: target.address };
}

import { addressKey, splitAddress } from '../../shared/account/address.ts';
import type { AccountDirectory, Resolution } from '../../shared/account/port.ts';
import type { SpoolRecipient } from '../../shared/spool/port.ts';

/** What an alias sends on to other servers: with which reverse-path, and the name that would show a loop. */
export interface Forwarded {
  readonly recipients: readonly SpoolRecipient[];
  /** The alias in its key form; absent: nothing leaves us. */
  readonly name?: string;
}

/** Gives what an alias forwards a reverse-path of ours (`forwardedReversePath`), unless a list's owner stands there already. */
export async function forward(
  accounts: AccountDirectory,
  resolution: Resolution,
  reversePath: string,
  recipients: readonly SpoolRecipient[],
): Promise<Forwarded> {
  if (resolution.kind !== 'alias' || !recipients.some(leaves)) return { recipients };
  const via = new Map(resolution.targets.map((target) => [target.address, target.via ?? resolution.address]));
  const rewritten = await Promise.all(
    recipients.map(async (recipient) => {
      if (!leaves(recipient)) return recipient;
      const { forwardPath } = recipient.target;
      const ours = via.get(forwardPath) ?? resolution.address;
      const forwarder = splitAddress(ours)?.domain;
      if (recipient.reversePath !== undefined) return { ...recipient, forwarder };
      return {
        ...recipient,
        forwarder,
        reversePath: await accounts.forwardedReversePath(reversePath, ours),
      };
    }),
  );
  return { recipients: rewritten, name: addressKey(resolution.address) };
}

function leaves({ target, report }: SpoolRecipient): boolean {
  return target.kind === 'remote' && report === undefined;
}

import { accountObjects } from '../../../../shared/mailbox/account-objects.ts';
import type { EmailAddress } from '../email/header-forms.ts';
import type { Call } from '../method.ts';

/** An Identity (RFC 8621 §6), as it is kept. */
export interface Identity {
  readonly name: string;
  readonly email: string;
  readonly replyTo: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
}

/** Every account has one with its own address, which it may change but for the address, and not destroy. */
export const OWN_IDENTITY = 'own';

export const IDENTITY_PROPERTIES = [
  'id',
  'name',
  'email',
  'replyTo',
  'bcc',
  'textSignature',
  'htmlSignature',
  'mayDelete',
];

/** By id, one's own first. */
export async function identities({ webmail, account }: Call): Promise<Map<string, Identity>> {
  const kept = await accountObjects<Identity>(webmail.ports.database, account.accountId, 'Identity');
  const own = {
    name: '',
    replyTo: null,
    bcc: null,
    textSignature: '',
    htmlSignature: '',
    ...kept.get(OWN_IDENTITY),
    email: account.address,
  };
  return new Map([[OWN_IDENTITY, own], ...[...kept].filter(([id]) => id !== OWN_IDENTITY)]);
}

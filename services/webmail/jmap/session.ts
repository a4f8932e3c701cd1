import { createHash } from 'node:crypto';
import type { Identity } from '../log-in/authenticate.ts';
import type { Webmail } from '../webmail.ts';
import { accountCapabilities, PRIMARY, serverCapabilities } from './account-capabilities.ts';

/** The session resource (RFC 8620 §2). @param origin what its URLs begin with, `https://mail.example.org`. */
export function sessionResource(webmail: Webmail, { account }: Identity, origin: string): object {
  const { accountId, address } = account;
  const session = {
    capabilities: serverCapabilities(webmail, origin),
    accounts: {
      [accountId]: {
        name: address,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: accountCapabilities(webmail),
      },
    },
    primaryAccounts: Object.fromEntries(PRIMARY.map((capability) => [capability, accountId])),
    username: address,
    apiUrl: `${origin}/jmap/api`,
    downloadUrl: `${origin}/jmap/download/{accountId}/{blobId}/{name}?type={type}`,
    uploadUrl: `${origin}/jmap/upload/{accountId}/`,
    eventSourceUrl: `${origin}/jmap/events?types={types}&closeafter={closeafter}&ping={ping}`,
  };
  return { ...session, state: sessionState(session) };
}

function sessionState(session: object): string {
  return createHash('sha256').update(JSON.stringify(session)).digest('base64url').slice(0, 16);
}

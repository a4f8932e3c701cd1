import type { Account, AccountDirectory } from '../../shared/account/port.ts';
import type { Connection, Endpoint } from '../../shared/net/connection.ts';
import type { XclientAttributes } from '../../shared/protocol/smtp/commands/xclient.ts';

/** The connection is that of the client which the proxy names; what it does not know stays its own. */
export function standFor(connection: Connection, attributes: XclientAttributes): void {
  const { address, port, destinationAddress, destinationPort, name } = attributes;
  connection.standFor(endpoint(address, port), endpoint(destinationAddress, destinationPort));
  if (name !== undefined) connection.remoteName = name ?? undefined;
}

function endpoint(address: string | null | undefined, port: number | null | undefined): Partial<Endpoint> {
  return { ...(address == null ? {} : { address }), ...(port == null ? {} : { port }) };
}

/** Who logged in at the proxy: undefined: nobody, or nobody of ours; `known` tells which. */
export async function loggedInAtProxy(
  accounts: AccountDirectory,
  { login }: XclientAttributes,
): Promise<{ readonly account: Account | undefined; readonly known: boolean }> {
  if (login == null) return { account: undefined, known: true };
  const account = await accounts.find(login);
  return account?.enabled ? { account, known: true } : { account: undefined, known: false };
}

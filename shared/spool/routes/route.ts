import { splitAddress } from '../../account/address.ts';
import { domainOf } from '../../protocol/smtp/path.ts';
import type { RemoteEntry } from '../remote.ts';

/** What TLS has to be: as it is found; a certificate that holds for the host's name; so from the first byte. */
export type RouteTls = 'opportunistic' | 'required' | 'implicit';

/** Where some of the mail goes, and from which of our addresses. */
export interface Route {
  readonly name: string;
  /** Of the reverse-path; null: any. Of a DSN, the domain that signs it. */
  readonly senderDomain: string | null;
  /** null: any. */
  readonly recipientDomain: string | null;
  /** A smarthost; null: to the mail exchangers of the domain. */
  readonly host: string | null;
  readonly port: number | null;
  readonly tls: RouteTls;
  /** To log in with (AUTH PLAIN). */
  readonly username: string | null;
  /** A file with the password in its first line, on each relay-worker. */
  readonly secretFile: string | null;
  /** Addresses of ours; none: as the system chooses. */
  readonly sources: readonly string[];
}

/** The route that fits best: by both domains, then by the recipient's, then by the sender's, then for all. */
export function chooseRoute(
  routes: readonly Route[],
  entry: Pick<RemoteEntry, 'reversePath' | 'forwardPath' | 'signer'>,
): Route | undefined {
  const sender = entry.reversePath === '' ? entry.signer : splitAddress(entry.reversePath)?.domain;
  const recipient = recipientDomain(entry);
  let best: Route | undefined;
  for (const route of routes) {
    const fits =
      (route.senderDomain === null || route.senderDomain === sender) &&
      (route.recipientDomain === null || route.recipientDomain === recipient);
    if (fits && (best === undefined || rank(route) > rank(best))) best = route;
  }
  return best;
}

function rank({ senderDomain, recipientDomain }: Route): number {
  return (recipientDomain === null ? 0 : 2) + (senderDomain === null ? 0 : 1);
}

export function recipientDomain({ forwardPath }: Pick<RemoteEntry, 'forwardPath'>): string {
  return splitAddress(forwardPath)?.domain ?? domainOf(forwardPath).toLowerCase();
}

/**
 * What a destination is called: `example.org`; `example.org>bulk` by the route `bulk`, from its addresses; `>smart` for all that goes to
 * the smarthost of the route `smart`. One actor each, so that limits hold for what the other side sees as one.
 */
export function destinationName(domain: string, route: Route | undefined): string {
  if (route === undefined) return domain;
  return route.host === null ? `${domain}>${route.name}` : `>${route.name}`;
}

/** `domain` is '' for a smarthost. */
export function readDestination(destination: string): { domain: string; route: string | undefined } {
  const at = destination.indexOf('>');
  if (at === -1) return { domain: destination, route: undefined };
  return { domain: destination.slice(0, at), route: destination.slice(at + 1) };
}

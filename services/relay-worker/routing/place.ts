import type { RemoteEntry } from '../../../shared/spool/remote.ts';
import {
  chooseRoute,
  destinationName,
  type Route,
  readDestination,
  recipientDomain,
} from '../../../shared/spool/routes/route.ts';

/** Recipient numbers from here on are those of mail for accounts that are gone: it goes nowhere. */
const FIRST_ORPHAN_NO = 100_000;

/** Entries whose route leads elsewhere, and where to. */
export function misplaced(
  routes: readonly Route[],
  destination: string,
  entries: readonly RemoteEntry[],
): Map<RemoteEntry, string> {
  const found = new Map<RemoteEntry, string>();
  const { domain, route } = readDestination(destination);
  if (routes.length === 0 && route === undefined) return found;
  for (const entry of entries) {
    if (entry.pinned || entry.report !== undefined || entry.recipientNo >= FIRST_ORPHAN_NO) continue;
    const wanted = destinationName(domain || recipientDomain(entry), chooseRoute(routes, entry));
    if (wanted !== destination) found.set(entry, wanted);
  }
  return found;
}

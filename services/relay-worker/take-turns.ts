import type { RemoteEntry } from '../../shared/spool/remote.ts';
import { groupByMessage } from './transaction.ts';

/** Entries as transactions in the order in which they go out: by priority (RFC 6710), and within one priority a message of each sender in turn. */
export function takeTurns(entries: readonly RemoteEntry[]): RemoteEntry[][] {
  const priorities = [...Map.groupBy(entries, ({ priority }) => priority)].sort(([a], [b]) => b - a);
  return priorities.flatMap(([, some]) => inTurn(some));
}

function inTurn(entries: readonly RemoteEntry[]): RemoteEntry[][] {
  const senders = [...Map.groupBy(entries, ({ sender }) => sender).values()].map(groupByMessage);
  const longest = Math.max(...senders.map((messages) => messages.length));
  const rounds = Array.from({ length: longest }, (_, round) => senders.map((messages) => messages[round]));
  return rounds.flat().filter((message) => message !== undefined);
}

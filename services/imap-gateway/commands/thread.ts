import {
  type Thread,
  type ThreadedMessage,
  threadOrderedSubject,
  threadReferences,
  threadRefs,
} from '../../../shared/message/thread.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import type { ThreadAlgorithm } from '../../../shared/protocol/imap/commands/sort.ts';
import { formatThreads } from '../../../shared/protocol/imap/format-thread.ts';
import { type Outcome, ok } from '../outcome.ts';
import { compile } from '../search/criterion.ts';
import { runSearch, type SearchScope, selectedScope } from '../search/run-search.ts';
import type { ImapSession } from '../session.ts';
import { sortColumns } from '../sort/sort-columns.ts';

const ALGORITHMS: Readonly<Record<ThreadAlgorithm, (messages: readonly ThreadedMessage[]) => Thread[]>> = {
  ORDEREDSUBJECT: threadOrderedSubject,
  REFERENCES: threadReferences,
  REFS: threadRefs,
};

/** RFC 5256 §3 */
export async function thread(session: ImapSession, command: CommandNamed<'THREAD'>): Promise<Outcome> {
  const { view } = session.selected!;
  const scope = selectedScope(session);
  const positions = await runSearch(scope, compile(command.key, command.charset, view));
  const uids = positions.map((position) => view.uids[position]!);
  const mailbox = `${scope.account}/${scope.mailboxId}`;
  const { threads: cache } = session.gateway;
  let threads = cache.get(mailbox, command.algorithm, uids);
  if (threads === undefined) {
    threads = ALGORITHMS[command.algorithm](await threadedMessages(scope, positions));
    cache.keep(mailbox, command.algorithm, { uids, threads });
  }
  const text = formatThreads(threads, (message) => {
    const position = positions[message]!;
    return command.uid ? view.uids[position]! : position + 1;
  });
  session.engine.out.line(text === '' ? '* THREAD' : `* THREAD ${text}`);
  return ok('THREAD completed');
}

async function threadedMessages(
  scope: SearchScope,
  positions: readonly number[],
): Promise<ThreadedMessage[]> {
  const columns = await sortColumns(scope, positions, COLUMNS);
  const [sent, subjects, replies, ids] = columns.map(({ values }) => values);
  return positions.map((_, at): ThreadedMessage => {
    const [own = '-', ...references] = String(ids![at]).split(' ');
    return {
      messageId: own === '-' || own === '' ? null : own,
      references,
      subject: String(subjects![at]),
      isReply: replies![at] === 1,
      date: Number(sent![at]),
    };
  });
}

const COLUMNS = ['sent', 'subject', 'reply', 'messageIds'] as const;

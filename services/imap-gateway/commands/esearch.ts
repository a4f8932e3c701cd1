import { isRefusal } from '../../../shared/mailbox/operations.ts';
import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import { formatEsearch, returnsNothing, savedResults } from '../../../shared/protocol/imap/format-esearch.ts';
import { RETURN_ALL, type ReturnOptions } from '../../../shared/protocol/imap/return-options.ts';
import { formatMailbox } from '../format-mailbox.ts';
import { MessageView } from '../message-view.ts';
import { matchesFilter } from '../notify/event-filter.ts';
import { type KnownMailbox, keyOf, loadMailboxes } from '../notify/known-mailboxes.ts';
import { watchedAccounts } from '../notify/watched-accounts.ts';
import { type Outcome, ok } from '../outcome.ts';
import { REFUSALS, Refused } from '../refusals.ts';
import { compile } from '../search/criterion.ts';
import { demandNoCharset } from '../search/demand-no-charset.ts';
import { highestModSeq, usesModSeq } from '../search/mod-sequence.ts';
import { demandNewTag, openContext } from '../search/open-context.ts';
import { demandFuzzy, relevancy } from '../search/relevancy.ts';
import { runSearch, type SearchScope, selectedScope } from '../search/run-search.ts';
import type { ImapSession } from '../session.ts';

/** RFC 7377: one ESEARCH response for each mailbox in which something matches. */
export async function esearch(
  session: ImapSession,
  command: CommandNamed<'ESEARCH'>,
  tag: string,
): Promise<Outcome> {
  const options = command.return ?? RETURN_ALL;
  demandSense(session, command, options);
  demandNoCharset(session, command.charset);
  demandNewTag(session, tag, options);
  if (usesModSeq(command.key)) session.enableCondstore();
  // Nothing may be told before it is known that the charset is.
  compile(command.key, command.charset, new MessageView());
  const { selected } = session;
  const here = selected === undefined ? '' : keyOf(session.owner, selected.mailboxId);
  const others = command.mailboxes.some(({ filter }) => filter !== 'selected')
    ? await mailboxesOf(session, command)
    : [];
  const withSelected = command.mailboxes.some(({ filter }) => filter === 'selected');
  if (selected !== undefined && (withSelected || others.some(({ key }) => key === here)))
    await searchSelected(session, command, tag, options);
  for (const mailbox of others) {
    if (mailbox.key === here || mailbox.info.messages === 0) continue;
    const { owner, info, name } = mailbox;
    const opened = await session.gateway.mailboxes.open(session.asking(owner), info.name, false);
    // Gone, or no longer to be read: as if it had not been named (§2.2).
    if (isRefusal(opened)) continue;
    const view = new MessageView(opened.snapshot.columns);
    const { mailboxId, uidValidity } = opened.mailbox;
    const asking = session.asking(owner);
    const scope = { gateway: session.gateway, account: owner, asking, mailboxId, view };
    const correlator = correlatorOf(session, tag, name, uidValidity);
    await searchOne(session, scope, command, options, correlator);
    await session.flushWhenFull();
  }
  return ok('ESEARCH completed');
}

function demandSense(session: ImapSession, command: CommandNamed<'ESEARCH'>, options: ReturnOptions): void {
  const filters = command.mailboxes.map(({ filter }) => filter);
  const needsSelected = filters.includes('selected') || options.wanted.has('UPDATE');
  if (needsSelected && session.selected === undefined) throw new Refused(REFUSALS.notSelected);
  if (options.wanted.has('SAVE') && filters.some((filter) => filter !== 'selected'))
    throw new Refused(REFUSALS.saveElsewhere);
  if (options.wanted.has('RELEVANCY')) demandFuzzy(command.key);
}

/** Those that may be read, each once. */
async function mailboxesOf(
  session: ImapSession,
  { mailboxes }: CommandNamed<'ESEARCH'>,
): Promise<KnownMailbox[]> {
  const known = await loadMailboxes(session, await watchedAccounts(session, mailboxes), false);
  return [...known.byKey.values()].filter(
    (mailbox) => mailbox.readable && mailboxes.some((filter) => matchesFilter(filter, mailbox)),
  );
}

async function searchSelected(
  session: ImapSession,
  command: CommandNamed<'ESEARCH'>,
  tag: string,
  options: ReturnOptions,
): Promise<void> {
  const { name, uidValidity, view } = session.selected!;
  const correlator = correlatorOf(session, tag, name, uidValidity);
  const positions = await searchOne(session, selectedScope(session), command, options, correlator);
  if (options.wanted.has('SAVE'))
    view.save([...savedResults(positions, options)].sort((one, other) => one - other));
  openContext(session, { ...command, uid: true, tag, options, criteria: null, correlator }, positions);
}

function correlatorOf(session: ImapSession, tag: string, name: string, uidValidity: number): string {
  return `TAG "${tag}" MAILBOX ${formatMailbox(session, name)} UIDVALIDITY ${uidValidity}`;
}

async function searchOne(
  session: ImapSession,
  scope: SearchScope,
  { key, charset }: CommandNamed<'ESEARCH'>,
  options: ReturnOptions,
  correlator: string,
): Promise<number[]> {
  const { view } = scope;
  const positions = await runSearch(scope, compile(key, charset, view));
  if (positions.length === 0 || returnsNothing(options)) return positions;
  const modSeq = usesModSeq(key) ? highestModSeq(view, savedResults(positions, options)) : undefined;
  const scores = options.wanted.has('RELEVANCY')
    ? await relevancy(scope, key, charset, positions)
    : undefined;
  const uids = positions.map((position) => view.uids[position]!);
  const told = scores && positions.map((position) => scores.get(position)!);
  session.engine.out.line(formatEsearch(correlator, true, options, uids, modSeq, told));
  return positions;
}

import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import {
  formatEsearch,
  returnsNothing,
  tagCorrelator,
  savedResults as told,
} from '../../../shared/protocol/imap/format-esearch.ts';
import { RETURN_ALL } from '../../../shared/protocol/imap/return-options.ts';
import { limited, searched } from '../message-limit.ts';
import { type Outcome, ok } from '../outcome.ts';
import { refusalOf } from '../refusals.ts';
import { compile } from '../search/criterion.ts';
import { demandNoCharset } from '../search/demand-no-charset.ts';
import { highestModSeq, usesModSeq } from '../search/mod-sequence.ts';
import { demandNewTag, openContext } from '../search/open-context.ts';
import { demandFuzzy, relevancy } from '../search/relevancy.ts';
import { runSearch, selectedScope } from '../search/run-search.ts';
import type { ImapSession } from '../session.ts';

/** RFC 3501 §6.4.4; RETURN: RFC 4731, RFC 5182, RFC 5267, RFC 9394. One that fails with NO saves nothing, one that is BAD leaves what was saved (RFC 5182 §2.1). */
export async function search(
  session: ImapSession,
  command: CommandNamed<'SEARCH'>,
  tag: string,
): Promise<Outcome> {
  const { view } = session.selected!;
  const options = command.return ?? (session.enabled.has('IMAP4REV2') ? RETURN_ALL : null);
  demandNoCharset(session, command.charset);
  demandNewTag(session, tag, options);
  if (options?.wanted.has('RELEVANCY')) demandFuzzy(command.key);
  const byModSeq = usesModSeq(command.key);
  if (byModSeq) session.enableCondstore();
  const saves = options?.wanted.has('SAVE') === true;
  let positions: number[];
  let limit: string | undefined;
  try {
    const criterion = compile(command.key, command.charset, view);
    const { among, code } = searched(session, criterion, view);
    limit = code;
    positions = await runSearch(selectedScope(session), criterion, among);
  } catch (error) {
    if (saves && refusalOf(error).outcome.status === 'NO') view.saved = [];
    throw error;
  }
  if (saves) view.save([...told(positions, options)].sort((one, other) => one - other));
  const numbers = positions.map((position) => (command.uid ? view.uids[position]! : position + 1));
  const { out } = session.engine;
  const modSeq = byModSeq
    ? highestModSeq(view, options === null ? positions : told(positions, options))
    : undefined;
  if (options === null) {
    const code = modSeq === undefined || numbers.length === 0 ? '' : ` (MODSEQ ${modSeq})`;
    out.line(['* SEARCH', ...numbers].join(' ') + code);
  } else if (!returnsNothing(options)) {
    const scores = options.wanted.has('RELEVANCY')
      ? await relevancy(selectedScope(session), command.key, command.charset, positions)
      : undefined;
    const told = scores && positions.map((position) => scores.get(position)!);
    out.line(formatEsearch(tagCorrelator(tag), command.uid, options, numbers, modSeq, told));
  }
  openContext(session, { ...command, tag, options, criteria: null }, positions);
  return limited(session, ok('SEARCH completed'), limit);
}

import type { CommandNamed } from '../../../shared/protocol/imap/command.ts';
import {
  formatEsearch,
  returnsNothing,
  savedResults,
  tagCorrelator,
} from '../../../shared/protocol/imap/format-esearch.ts';
import { type Outcome, ok } from '../outcome.ts';
import { refusalOf } from '../refusals.ts';
import { compile } from '../search/criterion.ts';
import { highestModSeq, usesModSeq } from '../search/mod-sequence.ts';
import { demandNewTag, openContext } from '../search/open-context.ts';
import { demandFuzzy, relevancy } from '../search/relevancy.ts';
import { runSearch, selectedScope } from '../search/run-search.ts';
import type { ImapSession } from '../session.ts';
import { runSort } from '../sort/run-sort.ts';

/** RFC 5256 §3, RFC 5957; RETURN: RFC 5267 §3, §4. */
export async function sort(
  session: ImapSession,
  command: CommandNamed<'SORT'>,
  tag: string,
): Promise<Outcome> {
  const { view } = session.selected!;
  const scope = selectedScope(session);
  const options = command.return;
  demandNewTag(session, tag, options);
  const byModSeq = usesModSeq(command.key);
  if (byModSeq) session.enableCondstore();
  const saves = options?.wanted.has('SAVE') === true;
  const scored = options?.wanted.has('RELEVANCY') || command.criteria.some(({ key }) => key === 'RELEVANCY');
  if (scored) demandFuzzy(command.key);
  let positions: number[];
  let scores: ReadonlyMap<number, number> | undefined;
  try {
    const found = await runSearch(scope, compile(command.key, command.charset, view));
    if (scored) scores = await relevancy(scope, command.key, command.charset, found);
    positions = await runSort(scope, found, command.criteria, scores);
  } catch (error) {
    if (saves && refusalOf(error).outcome.status === 'NO') view.saved = [];
    throw error;
  }
  if (options !== null && saves)
    view.save([...savedResults(positions, options)].sort((one, other) => one - other));
  const modSeq = byModSeq
    ? highestModSeq(view, options === null ? positions : savedResults(positions, options))
    : undefined;
  const numbers = positions.map((position) => (command.uid ? view.uids[position]! : position + 1));
  const { out } = session.engine;
  if (options === null) {
    const told = modSeq === undefined || numbers.length === 0 ? '' : ` (MODSEQ ${modSeq})`;
    out.line(['* SORT', ...numbers].join(' ') + told);
  } else if (!returnsNothing(options))
    out.line(
      formatEsearch(
        tagCorrelator(tag),
        command.uid,
        options,
        numbers,
        modSeq,
        scores && positions.map((position) => scores.get(position)!),
      ),
    );
  openContext(session, { ...command, tag, options }, positions);
  return ok('SORT completed');
}

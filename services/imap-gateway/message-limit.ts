import { EXPUNGED, type MessageView } from './message-view.ts';
import type { Outcome } from './outcome.ts';
import { Refused } from './refusals.ts';
import type { Criterion } from './search/criterion.ts';
import { evaluate } from './search/evaluate.ts';
import type { ImapSession } from './session.ts';

/** What one command works on where there is a limit (RFC 9738). */
export interface WithinLimit {
  /** All of them, ascending; or the highest ones, from the highest down. */
  readonly positions: readonly number[];
  /** The response code, when there were more. */
  readonly code: string | undefined;
}

/** @param positions ascending. */
export function withinLimit(session: ImapSession, positions: readonly number[]): WithinLimit {
  const limit = session.gateway.config.imapMessageLimit;
  if (limit === 0 || positions.length <= limit) return { positions, code: undefined };
  const highest = positions.slice(-limit).reverse();
  const lowest = session.selected!.view.uids[highest.at(-1)!]!;
  return { positions: highest, code: `MESSAGELIMIT ${limit} ${lowest}` };
}

/** For commands that do all or nothing. Throws `Refused`. */
export function demandWithinLimit(session: ImapSession, positions: readonly number[]): void {
  const { code } = withinLimit(session, positions);
  if (code !== undefined) throw new Refused({ status: 'NO', code, text: 'Too many messages at once' });
}

/** Throws `Refused` when so many messages are more than one command may name. */
export function demandCountWithinLimit(session: ImapSession, count: number): void {
  const limit = session.gateway.config.imapMessageLimit;
  if (limit > 0 && count > limit)
    throw new Refused({ status: 'NO', code: `MESSAGELIMIT ${limit}`, text: 'Too many messages at once' });
}

/** The outcome with the code; next to another code it is told before (RFC 9738 §3.1). */
export function limited(session: ImapSession, outcome: Outcome, code: string | undefined): Outcome {
  if (code === undefined) return outcome;
  const text = `Done for the last ${session.gateway.config.imapMessageLimit} messages`;
  if (
    outcome.status === 'OK' &&
    outcome.code === undefined &&
    !(outcome.expunged && session.enabled.has('CONDSTORE'))
  )
    return { ...outcome, code, text };
  session.engine.out.line(`* NO [${code}] ${text}`);
  return outcome;
}

/** The messages that a search has to look at: those that it names by number, if it does; undefined: all, within the limit. */
export function searched(
  session: ImapSession,
  criterion: Criterion,
  view: MessageView,
): { readonly among: readonly number[] | undefined; readonly code: string | undefined } {
  const limit = session.gateway.config.imapMessageLimit;
  if (limit === 0 || view.count <= limit) return { among: undefined, code: undefined };
  const named = (criterion.test === 'and' ? criterion.of : [criterion]).filter(
    ({ test }) => test === 'uid' || test === 'sequence',
  );
  const answers = new Map();
  const positions: number[] = [];
  for (let position = 0; position < view.count; position += 1) {
    if (view.flags[position]! & EXPUNGED) continue;
    if (named.every((one) => evaluate(one, view, { position, answers }))) positions.push(position);
  }
  const { positions: left, code } = withinLimit(session, positions);
  return { among: code === undefined ? left : [...left].reverse(), code };
}

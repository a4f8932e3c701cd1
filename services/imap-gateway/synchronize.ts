import { isRefusal, type RefusalReason } from '../../shared/mailbox/operations.ts';
import { REFUSALS, Refused } from './refusals.ts';
import { resynchronize } from './resynchronize.ts';
import { tellNews } from './search/tell-news.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';
import type { ImapSession } from './session.ts';

/** Rounds of one synchronization: in a mailbox that changes all the time the rest is told next time. */
const MAX_ROUNDS = 10;

/** Why a session cannot go on with its selected mailbox. */
const GONE: { readonly [Reason in RefusalReason]?: string } = {
  'no-permission': 'The selected mailbox may no longer be read',
  'too-old': 'Too much has changed meanwhile, select the mailbox anew',
};

export interface SynchronizeOptions {
  /** EXPUNGE may be told now. */
  readonly expunges: boolean;
  /** Ask the actor even when no change was hinted at: hints may be lost, and NOOP is a client's way to be sure. */
  readonly always: boolean;
}

/**
 * Takes the session's view from its MODSEQ to the present one and tells the client what has changed, if it wants to hear of it
 * (NOTIFY), and what follows from that.
 */
export async function synchronize(session: ImapSession, options: SynchronizeOptions): Promise<void> {
  const selected = session.selected;
  if (selected === undefined) return;
  if (session.rule.messages) await followUp(session, selected, options);
  if (selected.following?.any) await tellNews(session, selected, selected.following);
}

async function followUp(
  session: ImapSession,
  selected: SelectedMailbox,
  options: SynchronizeOptions,
): Promise<void> {
  while (selected.synchronizing !== undefined) await selected.synchronizing.catch(() => undefined);
  if (options.expunges) selected.tellExpunged(session.engine.out);
  if (!options.always && !selected.stale) return;
  const work = run(session, selected, options);
  selected.synchronizing = work;
  try {
    await work;
  } finally {
    selected.synchronizing = undefined;
  }
}

async function run(
  session: ImapSession,
  selected: SelectedMailbox,
  options: SynchronizeOptions,
): Promise<void> {
  const { mailboxes } = session.gateway;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const followed = selected.followHints();
    const { mailboxId, modSeq, readOnly } = selected;
    selected.checkedAt = performance.now();
    const reply = await mailboxes.changes(session.asking(), mailboxId, modSeq, !readOnly);
    if (session.selected !== selected) return;
    if (isRefusal(reply) && reply.refused === 'too-old') {
      await resynchronize(session, selected, options.expunges);
      followed();
      continue;
    }
    if (isRefusal(reply)) {
      session.goodbye(GONE[reply.refused] ?? 'The selected mailbox was deleted');
      throw new Refused(REFUSALS.unavailable);
    }
    selected.apply(reply, session.engine.out, options.expunges);
    await session.flushWhenFull();
    if (reply.more) continue;
    followed();
    if (!selected.stale) return;
  }
}

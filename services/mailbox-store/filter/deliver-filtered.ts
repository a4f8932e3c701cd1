import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { AliasTooLarge } from '../../../shared/account/alias-expansion.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { GroupCommitFull } from '../../../shared/actor/group-commit.ts';
import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import { rawQuery } from '../../../shared/database/raw-query.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import type { SieveProgram } from '../../../shared/sieve/program.ts';
import { acceptStatement } from '../../../shared/spool/accept.ts';
import type { Delivered, LocalEntry } from '../../../shared/spool/deliver.ts';
import type { Submission } from '../../../shared/spool/port.ts';
import { settleLocal } from '../../../shared/spool/settle-local.ts';
import { hint } from '../../../shared/spool/spool.ts';
import type { StagedMessage } from '../../../shared/storage/port.ts';
import type { Commits } from '../commits.ts';
import { seenKey, wasSeen } from './answers.ts';
import { fileMessage, type Target } from './file-message.ts';
import { loops, type Outgoing, redirected, rejection, rewritten, vacationReply } from './outgoing.ts';
import { type Plan, plan } from './plan.ts';
import { quarantined } from './quarantine.ts';
import { type SpooledMessage, spooledMessage } from './spooled-message.ts';

export interface FilterOptions {
  readonly ports: Pick<Ports, 'accounts' | 'bus' | 'database' | 'log' | 'storage'>;
  readonly hostname: string;
  /** What begins the detail of an address, as `DETAIL_SEPARATORS` has it. */
  readonly detailSeparators: string;
  readonly commits: Commits;
  /** A script that failed while it ran. */
  readonly failed: () => void;
}

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Delivers one spool entry as the account's script says: mailboxes, what goes out, what is to be remembered and the
 * settling of the entry are one transaction. Resolves to undefined when the entry was settled before, or when it is to
 * be delivered without the script (`'unfiltered'`): asked again, a fault that does not pass would only come again.
 */
export async function deliverFiltered(
  options: FilterOptions,
  entry: LocalEntry,
  program: SieveProgram,
): Promise<Delivered | 'unfiltered' | undefined> {
  try {
    return await filtered(options, entry, program);
  } catch (error) {
    if (passes(error)) throw error;
    const { account, emailId } = entry;
    options.ports.log.error({ err: error, account, emailId }, 'a filter failed; the message is kept');
    options.failed();
    return 'unfiltered';
  }
}

async function filtered(
  options: FilterOptions,
  entry: LocalEntry,
  program: SieveProgram,
): Promise<Delivered | 'unfiltered' | undefined> {
  const { ports, commits } = options;
  const { account } = entry;
  const now = ports.database.now();
  const message = await spooledMessage(ports.database, ports.storage, entry);
  if (message === undefined) return 'unfiltered';
  const { detailSeparators } = options;
  const asked = await plan(ports, account, program, message, now, detailSeparators);
  if (asked.failure !== null) options.failed();
  const planned = entry.junk ? { ...asked, actions: quarantined(asked.actions) } : asked;

  const filed = planned.header === null ? message : await rewritten(ports, message, planned.header, NOTHING);
  if (filed !== message) await ports.storage.commit(filed as StagedMessage);
  const outgoing: Outgoing = {
    ports,
    hostname: options.hostname,
    now,
    token: () => randomBytes(16).toString('hex'),
  };
  const { submissions, seen, undelivered } = await prepare(options, outgoing, account, message, planned);
  const targets: Target[] = planned.actions.filter(
    (action) => action.kind === 'keep' || action.kind === 'fileinto',
  );
  // What could not be sent on is not lost: it stays here.
  if (undelivered && !targets.some(({ kind }) => kind === 'keep')) targets.push({ kind: 'keep', flags: [] });

  const delivered = await commits.turn(async (trx) => {
    const refused = planned.actions.some(({ kind }) => kind === 'reject');
    if (!(await settleLocal(trx, entry, !refused, now))) return undefined;
    const result = await fileMessage(trx, { account, now }, targets, filed, message.queuedAt);
    if (submissions.length > 0) {
      const { text, parameters } = acceptStatement(submissions, now);
      await trx.executeQuery(rawQuery(text, parameters));
    }
    if (seen.length > 0)
      await sql`insert into sieve_seen (account_id, key, expires_at)
        select ${account}, s.key, s.expires_at
        from unnest(${seen.map(([key]) => key)}::bytea[], ${seen.map(([, at]) => at)}::bigint[]) as s (key, expires_at)
        on conflict (account_id, key) do update set expires_at = excluded.expires_at`.execute(trx);
    // Its bytes go when nothing names them any more.
    if (filed !== message || targets.length === 0)
      await sql`insert into message_release (email_id, released_at) values (${entry.emailId}, ${now})`.execute(
        trx,
      );
    return result;
  });
  if (delivered !== undefined) hint(ports.bus, submissions);
  return delivered;
}

/** True for failures that asking again may cure. */
function passes(error: unknown): boolean {
  return (
    error instanceof DatabaseUnavailable || error instanceof FenceLost || error instanceof GroupCommitFull
  );
}

interface Prepared {
  readonly submissions: readonly Submission[];
  /** Keys to remember and until when, Unix milliseconds. */
  readonly seen: readonly (readonly [key: Buffer, expiresAt: number])[];
  /** A redirect could not be done. */
  readonly undelivered: boolean;
}

/** Composes and stages what goes out. Staged bytes that no commit names are collected like those of any message cut off. */
async function prepare(
  { ports }: FilterOptions,
  outgoing: Outgoing,
  account: AccountId,
  message: SpooledMessage,
  planned: Plan,
): Promise<Prepared> {
  const submissions: Submission[] = [];
  const { now } = outgoing;
  const seen: [Buffer, number][] = [...planned.tracked].map(([key, seconds]) => [
    seenKey('duplicate', key),
    now + seconds * 1000,
  ]);
  let undelivered = false;
  for (const action of planned.actions) {
    let submission: Submission | null = null;
    if (action.kind === 'redirect') {
      if (!loops(message.header, message.forwardPath))
        submission = await redirectedUnlessTooMany(outgoing, message, planned.header, action.address);
      undelivered ||= submission === null;
    } else if (action.kind === 'reject') {
      submission = await rejection(outgoing, message, action.reason);
    } else if (action.kind === 'vacation') {
      const key = seenKey('vacation', `${message.reversePath.toLowerCase()}\n${action.handle}`);
      if (!(await wasSeen(ports.database, account, key, now))) {
        submission = await vacationReply(outgoing, message, action);
        seen.push([key, now + action.seconds * 1000]);
      }
    }
    if (submission !== null) submissions.push(submission);
  }
  return { submissions, seen, undelivered };
}

/** An alias that is too large is the script's misfortune: the rest of it holds. */
async function redirectedUnlessTooMany(
  ...[outgoing, message, header, address]: Parameters<typeof redirected>
): Promise<Submission | null> {
  try {
    return await redirected(outgoing, message, header, address);
  } catch (error) {
    if (!(error instanceof AliasTooLarge)) throw error;
    const { emailId, forwardPath } = message;
    outgoing.ports.log.warn({ err: error, emailId, forwardPath }, 'a redirect leads to too many');
    return null;
  }
}

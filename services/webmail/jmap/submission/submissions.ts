import { partitionOf } from '../../../../shared/actor/partition.ts';
import { accountObjects } from '../../../../shared/mailbox/account-objects.ts';
import { emailIdOf } from '../../../../shared/mailbox/email-id.ts';
import type { AccountId, EmailId } from '../../../../shared/mailbox/types.ts';
import type { Webmail } from '../../webmail.ts';
import { utcDate } from '../dates.ts';
import type { JsonObject } from '../method.ts';
import type { SubmissionEnvelope } from './envelope.ts';

/** An EmailSubmission (RFC 8621 §7), as it is kept. */
export interface Submission {
  readonly identityId: string;
  readonly emailId: string;
  readonly threadId: string;
  readonly envelope: SubmissionEnvelope;
  /** Unix milliseconds. */
  readonly sendAt: number;
  readonly canceled: boolean;
  /** The message that goes out. */
  readonly spoolId: EmailId;
  /** Where it goes: a mailbox of ours, or another server. `email`: for which recipient. */
  readonly targets: readonly {
    readonly key: string;
    readonly email: string;
    readonly account?: AccountId;
    readonly destination?: string;
    readonly forwardPath?: string;
  }[];
  readonly entries: number;
}

export const SUBMISSION_PROPERTIES = [
  'id',
  'identityId',
  'emailId',
  'threadId',
  'envelope',
  'sendAt',
  'undoStatus',
  'deliveryStatus',
  'dsnBlobIds',
  'mdnBlobIds',
];

export function submissionsOf(webmail: Webmail, account: AccountId): Promise<Map<string, Submission>> {
  return accountObjects<Submission>(webmail.ports.database, account, 'EmailSubmission');
}

export type UndoStatus = 'pending' | 'final' | 'canceled';

/** Whether it can be taken back; that it can is found out by doing it. */
export function undoStatus({ canceled, sendAt }: Submission, now: number): UndoStatus {
  if (canceled) return 'canceled';
  return sendAt > now ? 'pending' : 'final';
}

export function submissionObject(
  id: string,
  submission: Submission,
  now: number,
  deliveryStatus: JsonObject | null,
): JsonObject {
  const { identityId, emailId, threadId, envelope, sendAt } = submission;
  return {
    id,
    identityId,
    emailId,
    threadId,
    envelope,
    sendAt: utcDate(sendAt),
    undoStatus: undoStatus(submission, now),
    deliveryStatus,
    dsnBlobIds: [],
    mdnBlobIds: [],
  };
}

interface Delivery {
  readonly delivered: 'queued' | 'yes' | 'no' | 'unknown';
  readonly smtpReply: string;
}

const WORST: readonly Delivery['delivered'][] = ['no', 'queued', 'unknown', 'yes'];

/** What has become of each recipient (RFC 8621 §7): as the spool and its attempts say it. */
export async function deliveryStatuses(
  { ports }: Webmail,
  submissions: readonly Submission[],
): Promise<Map<EmailId, JsonObject>> {
  const ids = submissions.map(({ spoolId }) => spoolId);
  if (ids.length === 0) return new Map();
  const attempts = await ports.database.prepared<{
    email_id: string;
    forward_path: string;
    outcome: string;
    reply: string;
  }>(
    'submission_attempts',
    `select email_id, forward_path, outcome, reply from spool_attempt
     where email_id = any($1::uuid[]) order by email_id, attempt_at`,
    [ids],
  );
  const local = submissions.flatMap(({ spoolId, targets }) =>
    targets.flatMap(({ account }) => (account === undefined ? [] : [{ spoolId, account }])),
  );
  const waiting = await ports.database.prepared<{ email_id: string; account_id: number }>(
    'submission_local',
    `select s.email_id, s.account_id from unnest($1::smallint[], $2::bigint[], $3::uuid[]) w (partition, account_id, email_id)
     join spool_local s using (partition, account_id, email_id)`,
    [
      local.map(({ account }) => partitionOf(account)),
      local.map(({ account }) => account),
      local.map((one) => one.spoolId),
    ],
  );
  const held = new Set(waiting.map((row) => `${emailIdOf(row.email_id)} ${row.account_id}`));
  const last = new Map(attempts.map((row) => [`${emailIdOf(row.email_id)} ${row.forward_path}`, row]));
  return new Map(submissions.map((submission) => [submission.spoolId, statusOf(submission, held, last)]));
}

function statusOf(
  { spoolId, targets, canceled }: Submission,
  held: ReadonlySet<string>,
  last: ReadonlyMap<string, { outcome: string; reply: string }>,
): JsonObject {
  const status: Record<string, Delivery & { displayed: 'unknown' }> = {};
  for (const { email, account, forwardPath } of targets) {
    const attempt = last.get(`${spoolId} ${forwardPath}`);
    const one: Delivery = canceled
      ? { delivered: 'no', smtpReply: '550 5.7.0 taken back' }
      : account !== undefined
        ? held.has(`${spoolId} ${account}`)
          ? { delivered: 'queued', smtpReply: '250 2.0.0 queued' }
          : { delivered: 'yes', smtpReply: '250 2.0.0 delivered' }
        : attempt === undefined || attempt.outcome === 'retry'
          ? { delivered: 'queued', smtpReply: attempt?.reply ?? '250 2.0.0 queued' }
          : { delivered: attempt.outcome === 'delivered' ? 'yes' : 'no', smtpReply: attempt.reply };
    const before = status[email];
    if (before === undefined || WORST.indexOf(one.delivered) < WORST.indexOf(before.delivered))
      status[email] = { ...one, displayed: 'unknown' };
  }
  return status;
}

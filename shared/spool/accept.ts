import { partitionOf } from '../actor/partition.ts';
import { arrayOf, type Database, type ElementType } from '../database/port.ts';
import { insertMessagesSql, messageParameters } from '../storage/insert.ts';
import type { Submission } from './port.ts';
import { dsnTerms, relayTerms } from './terms.ts';

interface LocalRows {
  partition: number[];
  account: string[];
  emailId: string[];
  size: number[];
  reversePath: string[];
  forwardPath: string[];
  traceparent: (string | null)[];
  dsn: (string | null)[];
}

interface RemoteRows {
  destination: string[];
  emailId: string[];
  recipientNo: number[];
  partition: number[];
  forwardPath: string[];
  reversePath: string[];
  size: number[];
  returnPathBytes: number[];
  body: string[];
  smtpUtf8: boolean[];
  notify: number[];
  originalRecipient: (string | null)[];
  envelopeId: (string | null)[];
  returnContent: (string | null)[];
  traceparent: (string | null)[];
  signer: (string | null)[];
  forwarded: boolean[];
  terms: (string | null)[];
}

/**
 * Commits messages, envelopes and spool entries: one statement, one round trip, its own transaction.
 * Idempotent: entries follow only from a message row that this very statement made, so after an unknown outcome
 * (connection lost during the commit) it may be sent again, even when the entries were delivered in between.
 */
export async function acceptSubmissions(
  database: Database,
  submissions: readonly Submission[],
  now: number,
): Promise<void> {
  const { name, text, parameters } = acceptStatement(submissions, now);
  await database.prepared(name, text, parameters);
}

/** The statement and its parameters; also run inside other transactions (a DSN beside the settle that caused it). */
export function acceptStatement(
  submissions: readonly Submission[],
  now: number,
): { name: string; text: string; parameters: unknown[] } {
  const local = localRows(submissions);
  const remote = remoteRows(submissions);
  const parameters = messageParameters(
    submissions.map((submission) => submission.message),
    now,
  );
  const parts = [`ins as (${insertMessagesSql(1)} on conflict (email_id) do nothing returning email_id)`];
  let at = parameters.length + 1;
  const next = (type: string): string => `$${at++}::${type}`;
  // Most mail has no terms: then neither the statement nor its parameters hold any.
  const { dsn, ...plainLocal } = local;
  const withDsn = dsn.some((terms) => terms !== null);
  if (local.account.length > 0) {
    const queuedAt = next('bigint');
    parts.push(`loc as (insert into spool_local
      (partition, account_id, email_id, size, reverse_path, forward_path, traceparent, queued_at${withDsn ? ', dsn' : ''})
      select e.partition, e.account_id, e.email_id, e.size, e.reverse_path, e.forward_path, e.traceparent,
        ${withDsn ? `coalesce((e.dsn::jsonb->>'held')::bigint, ${queuedAt}), e.dsn::jsonb` : queuedAt}
      from unnest(${next('smallint[]')}, ${next('bigint[]')}, ${next('uuid[]')}, ${next('bigint[]')}, ${next('text[]')},
        ${next('text[]')}, ${next('text[]')}${withDsn ? `, ${next('text[]')}` : ''})
        as e (partition, account_id, email_id, size, reverse_path, forward_path, traceparent${withDsn ? ', dsn' : ''})
      join ins using (email_id) on conflict do nothing)`);
    parameters.push(now, ...columns(plainLocal, LOCAL_TYPES), ...(withDsn ? [arrayOf('text', dsn)] : []));
  }
  const { terms, ...plainRemote } = remote;
  const withTerms = terms.some((some) => some !== null);
  if (remote.destination.length > 0) {
    parts.push(`rem as (insert into spool_remote
      (destination, email_id, recipient_no, partition, forward_path, reverse_path, size, return_path_bytes, body, smtp_utf8,
       notify, original_recipient, envelope_id, return_content, traceparent, signer, forwarded, queued_at, next_attempt_at
       ${withTerms ? ', priority, require_tls, deliver_by_at, deliver_by, report' : ''})
      select e.destination, e.email_id, e.recipient_no, e.partition, e.forward_path, e.reverse_path, e.size, e.return_path_bytes,
        e.body, e.smtp_utf8, e.notify, e.original_recipient, e.envelope_id, e.return_content, e.traceparent, e.signer, e.forwarded,
        ${withTerms ? TERMS_SQL : 'n.at, n.at'}
      from unnest(${next('text[]')}, ${next('uuid[]')}, ${next('int[]')}, ${next('smallint[]')}, ${next('text[]')},
        ${next('text[]')}, ${next('bigint[]')}, ${next('int[]')}, ${next('text[]')}, ${next('boolean[]')},
        ${next('smallint[]')}, ${next('text[]')}, ${next('text[]')}, ${next('text[]')}, ${next('text[]')},
        ${next('text[]')}, ${next('boolean[]')}
        ${withTerms ? `, ${next('text[]')}` : ''})
        as e (destination, email_id, recipient_no, partition, forward_path, reverse_path, size, return_path_bytes, body,
          smtp_utf8, notify, original_recipient, envelope_id, return_content, traceparent, signer, forwarded${withTerms ? ', terms' : ''})
      join ins using (email_id), (select ${next('bigint')} as at) n)`);
    parameters.push(
      ...columns(plainRemote, REMOTE_TYPES),
      ...(withTerms ? [arrayOf('text', terms)] : []),
      now,
    );
  }
  const shape = `${local.account.length > 0 ? 'l' : ''}${withDsn ? 'd' : ''}${remote.destination.length > 0 ? 'r' : ''}${withTerms ? 't' : ''}`;
  return {
    name: `accept_${shape}`,
    text: `with ${parts.join(', ')} select count(*)::int as stored from ins`,
    parameters,
  };
}

/** In the order of the columns above. */
function columns(rows: object, types: readonly ElementType[]): unknown[][] {
  return Object.values(rows).map((values: unknown[], index) => arrayOf(types[index]!, values));
}

const LOCAL_TYPES: readonly ElementType[] = ['int2', 'int8', 'uuid', 'int8', 'text', 'text', 'text'];
const REMOTE_TYPES: readonly ElementType[] = [
  ...(['text', 'uuid', 'int4', 'int2', 'text', 'text', 'int8', 'int4', 'text', 'bool'] as const),
  ...(['int2', 'text', 'text', 'text', 'text', 'text', 'bool'] as const),
];

const TERMS_SQL = `coalesce((e.terms::jsonb->>'held')::bigint, n.at), coalesce((e.terms::jsonb->>'held')::bigint, n.at),
  coalesce((e.terms::jsonb->>'priority')::smallint, 0), coalesce((e.terms::jsonb->>'tls')::boolean, false),
  (e.terms::jsonb->>'at')::bigint, e.terms::jsonb->>'by', e.terms::jsonb->>'report'`;

function localRows(submissions: readonly Submission[]): LocalRows {
  const rows: LocalRows = {
    partition: [],
    account: [],
    emailId: [],
    size: [],
    reversePath: [],
    forwardPath: [],
    traceparent: [],
    dsn: [],
  };
  for (const submission of submissions) {
    const { message, reversePath, recipients, traceparent } = submission;
    for (const [no, recipient] of recipients.entries()) {
      const { target } = recipient;
      if (target.kind !== 'local') continue;
      rows.partition.push(partitionOf(target.account));
      rows.account.push(target.account);
      rows.emailId.push(message.emailId);
      rows.size.push(message.size);
      rows.reversePath.push(recipient.reversePath ?? reversePath);
      rows.forwardPath.push(target.forwardPath);
      rows.traceparent.push(traceparent ?? null);
      rows.dsn.push(dsnTerms(submission, recipient, no));
    }
  }
  return rows;
}

function remoteRows(submissions: readonly Submission[]): RemoteRows {
  const rows: RemoteRows = {
    destination: [],
    emailId: [],
    recipientNo: [],
    partition: [],
    forwardPath: [],
    reversePath: [],
    size: [],
    returnPathBytes: [],
    body: [],
    smtpUtf8: [],
    notify: [],
    originalRecipient: [],
    envelopeId: [],
    returnContent: [],
    traceparent: [],
    signer: [],
    forwarded: [],
    terms: [],
  };
  for (const submission of submissions) {
    submission.recipients.forEach((recipient, recipientNo) => {
      const { target, notify, originalRecipient } = recipient;
      if (target.kind !== 'remote') return;
      rows.destination.push(target.destination);
      rows.emailId.push(submission.message.emailId);
      rows.recipientNo.push(recipientNo);
      rows.partition.push(partitionOf(target.destination));
      rows.forwardPath.push(target.forwardPath);
      rows.reversePath.push(recipient.reversePath ?? submission.reversePath);
      rows.size.push(submission.message.size);
      rows.returnPathBytes.push(submission.returnPathBytes);
      rows.body.push(submission.body);
      rows.smtpUtf8.push(submission.smtpUtf8);
      rows.notify.push(notify ?? 0);
      rows.originalRecipient.push(originalRecipient ?? null);
      rows.envelopeId.push(submission.envelopeId ?? null);
      rows.returnContent.push(submission.returnContent ?? null);
      rows.traceparent.push(submission.traceparent ?? null);
      rows.signer.push(submission.signer ?? recipient.forwarder ?? null);
      rows.forwarded.push(submission.signer === undefined && recipient.forwarder !== undefined);
      rows.terms.push(relayTerms(submission, recipient));
    });
  }
  return rows;
}

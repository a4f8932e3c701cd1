import type { AccountDirectory, Resolution } from '../../shared/account/port.ts';
import type { Logger } from '../../shared/runtime/log.ts';
import type { Metrics } from '../../shared/runtime/metrics.ts';
import { Notify, type SpoolRecipient, type Submission } from '../../shared/spool/port.ts';
import type { RemoteEntry } from '../../shared/spool/remote.ts';
import { MessageDamaged, MessageMissing, type MessageStorage } from '../../shared/storage/port.ts';
import { composeDsn, type DsnAction, type DsnRecipient, needsSmtpUtf8 } from './dsn.ts';
import { expiryOf, type Outcome } from './outcome.ts';

/** RET=FULL gives back this much at most, and unasked as much as lies in one row (RFC 3461 §4.3 leaves both open). */
const MAX_RETURNED_BYTES = 1_048_576;
const MAX_UNASKED_BYTES = 65_536;
/** A longer header is not given back. */
const MAX_HEADER_BYTES = 262_144;

const RETURN_PATH = 'Return-Path: <>\r\n';

export interface DsnWriterOptions {
  readonly storage: MessageStorage;
  readonly accounts: AccountDirectory;
  readonly hostname: string;
  readonly spoolLifetimeMs: number;
  readonly delayDsnMs: number;
  readonly now: () => number;
  /** Hexadecimal digits, unique. */
  readonly token: () => string;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Report {
  readonly action: DsnAction;
  readonly outcomes: Outcome[];
}

/**
 * Composes and stages the DSNs that outcomes call for (RFC 3461 §5, §6): one for each message and action, to the
 * reverse-path, and none for the null one. A retry that is reported as delayed is marked, so that it is told once.
 */
export function createDsnWriter(options: DsnWriterOptions) {
  const written = options.metrics.counter('cartero_relay_dsns_total', 'Delivery status notifications', [
    'action',
  ]);
  return async (
    outcomes: readonly Outcome[],
  ): Promise<{ outcomes: readonly Outcome[]; dsns: readonly Submission[] }> => {
    const now = options.now();
    const marked = outcomes.map((outcome) =>
      isDelayDue(outcome, now, options) ? { ...outcome, delayNotifiedAt: now } : outcome,
    );
    const dsns: Submission[] = [];
    for (const report of reports(marked).values()) {
      const submission = await write(report, now, options);
      if (!submission) continue;
      dsns.push(submission);
      written.inc({ action: report.action });
    }
    return { outcomes: marked, dsns };
  };
}

function isDelayDue(outcome: Outcome, now: number, options: DsnWriterOptions): boolean {
  if (outcome.kind !== 'retry' || !wants(outcome.entry, Notify.Delay)) return false;
  const { delayNotifiedAt, deliverBy, queuedAt, heldMs = 0 } = outcome.entry;
  const late = deliverBy?.mode === 'notify' && now >= deliverBy.at;
  return delayNotifiedAt === undefined && (late || now - queuedAt - heldMs >= options.delayDsnMs);
}

/** RFC 3461 §4.1: without NOTIFY, failures and delays are told. */
function wants(entry: RemoteEntry, bit: number): boolean {
  if (entry.reversePath === '') return false;
  return entry.notify === 0 ? bit !== Notify.Success : (entry.notify & bit) !== 0;
}

/** RFC 2852 §4.1.4: told as far as the sender wants to hear anything at all. */
function wantsAny(entry: RemoteEntry): boolean {
  return entry.reversePath !== '' && (entry.notify & Notify.Never) === 0;
}

function actionOf(outcome: Outcome): DsnAction | null {
  if (outcome.kind === 'failed') return wants(outcome.entry, Notify.Failure) ? 'failed' : null;
  if (outcome.kind === 'retry') return outcome.delayNotifiedAt === undefined ? null : 'delayed';
  if (outcome.timed && wantsAny(outcome.entry)) return 'relayed';
  if (!wants(outcome.entry, Notify.Success)) return null;
  return outcome.report ?? (outcome.relayed ? 'relayed' : null);
}

function reports(outcomes: readonly Outcome[]): Map<string, Report> {
  const found = new Map<string, Report>();
  for (const outcome of outcomes) {
    const action = actionOf(outcome);
    if (action === null) continue;
    // A list's members and others may have different reverse-paths.
    const key = `${outcome.entry.emailId} ${action} ${outcome.entry.reversePath}`;
    const report = found.get(key);
    if (report) report.outcomes.push(outcome);
    else found.set(key, { action, outcomes: [outcome] });
  }
  return found;
}

async function write(report: Report, now: number, options: DsnWriterOptions): Promise<Submission | null> {
  const { entry } = report.outcomes[0]!;
  const recipients = targets(await options.accounts.resolve(entry.reversePath));
  if (recipients.length === 0) {
    options.log.warn({ emailId: entry.emailId, action: report.action }, 'a DSN has nobody to go to');
    return null;
  }
  const original = await readOriginal(report, options.storage);
  const dsn = {
    action: report.action,
    recipients: report.outcomes.map((outcome) => dsnRecipient(outcome, options)),
    to: entry.reversePath,
    hostname: options.hostname,
    now,
    arrivedAt: entry.queuedAt,
    envelopeId: entry.envelopeId,
    messageId: original?.messageId,
    returned: original?.returned ?? null,
    token: options.token(),
  };
  const bytes = composeDsn(dsn);
  const writer = options.storage.create();
  await writer.write(Buffer.concat([Buffer.from(RETURN_PATH), bytes]));
  return {
    message: await writer.finish(),
    reversePath: '',
    recipients,
    returnPathBytes: RETURN_PATH.length,
    body: bytes.some((byte) => byte > 127) ? '8bit' : '7bit',
    smtpUtf8: needsSmtpUtf8(dsn),
    requireTls: entry.requireTls,
    signer: options.hostname,
    traceparent: entry.traceparent,
  };
}

function dsnRecipient(outcome: Outcome, options: DsnWriterOptions): DsnRecipient {
  const { entry, reply, remote } = outcome;
  return {
    forwardPath: entry.forwardPath,
    originalRecipient: entry.originalRecipient,
    status: outcome.kind === 'delivered' ? '2.0.0' : outcome.status,
    reply,
    remote,
    retryUntil: outcome.kind === 'retry' ? expiryOf(entry, options.spoolLifetimeMs) : undefined,
  };
}

function targets(resolution: Resolution): SpoolRecipient[] {
  switch (resolution.kind) {
    case 'account':
      return [
        { target: { kind: 'local', account: resolution.account.accountId, forwardPath: resolution.address } },
      ];
    case 'remote':
      return [
        { target: { kind: 'remote', destination: resolution.destination, forwardPath: resolution.address } },
      ];
    case 'alias':
      return resolution.targets.flatMap(targets);
    case 'unknown':
      return [];
  }
}

interface Original {
  readonly messageId: string | null;
  readonly returned: { readonly bytes: Uint8Array; readonly whole: boolean } | null;
}

/** null: the message is not there any more, or too odd to be given back. */
async function readOriginal(report: Report, storage: MessageStorage): Promise<Original | null> {
  const { entry } = report.outcomes[0]!;
  const stored = (await storage.structures([entry.emailId])).get(entry.emailId);
  if (!stored) return null;
  const whole = report.action === 'failed' && entry.size <= wholeLimit(entry);
  const end = whole ? entry.size : stored.structure.body.bodyStart;
  const { messageId } = stored.structure.envelope;
  if (!whole && end > MAX_HEADER_BYTES) return { messageId, returned: null };
  try {
    const bytes = await storage.readAll(entry.emailId, entry.returnPathBytes, end, MAX_RETURNED_BYTES);
    return { messageId, returned: { bytes, whole } };
  } catch (error) {
    if (error instanceof MessageMissing || error instanceof MessageDamaged) return null;
    throw error;
  }
}

function wholeLimit(entry: RemoteEntry): number {
  // RFC 8689 §5: what had to travel under TLS does not come back in full over who knows what.
  if (entry.returnContent === 'headers' || entry.requireTls) return 0;
  return entry.returnContent === 'full' ? MAX_RETURNED_BYTES : MAX_UNASKED_BYTES;
}

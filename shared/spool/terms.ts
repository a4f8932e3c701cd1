import { splitAddress } from '../account/address.ts';
import { partitionOf } from '../actor/partition.ts';
import type { DeliverBy, SpoolRecipient, Submission } from './port.ts';

/** Where a report about a path without a domain goes: nowhere (RFC 2606). */
const NO_DOMAIN = 'invalid';

/** What a local entry keeps, mostly for the DSN that may come of it; the keys are those that the statements read. */
interface DsnTerms {
  /** The remote entry that carries the report: its destination, partition and recipient number. */
  readonly destination: string;
  readonly partition: number;
  readonly no: number;
  readonly notify: number;
  readonly original?: string;
  readonly envelope?: string;
  readonly content?: string;
  readonly body: string;
  readonly utf8: boolean;
  readonly skip: number;
  readonly tls?: boolean;
  readonly held?: number;
  readonly junk?: boolean;
}

/** JSON of `DsnTerms`; null when nothing was asked for, as for nearly all mail. */
export function dsnTerms(submission: Submission, recipient: SpoolRecipient, no: number): string | null {
  const { notify = 0, originalRecipient: original, target } = recipient;
  const { envelopeId: envelope, returnContent: content, requireTls: tls, heldUntil: held, junk } = submission;
  if (notify === 0 && (original ?? envelope ?? content ?? held) === undefined && !tls && !junk) return null;
  const destination = splitAddress(target.forwardPath)?.domain ?? NO_DOMAIN;
  const terms: DsnTerms = {
    destination,
    partition: partitionOf(destination),
    no,
    notify,
    original,
    envelope,
    content,
    body: submission.body,
    utf8: submission.smtpUtf8,
    skip: submission.returnPathBytes,
    tls,
    held,
    junk,
  };
  return JSON.stringify(terms);
}

/** What a remote entry of few messages has; null for nearly all. */
export function relayTerms(submission: Submission, { report }: SpoolRecipient): string | null {
  const { requireTls: tls, priority, deliverBy, heldUntil: held } = submission;
  if (!tls && !priority && (deliverBy ?? held ?? report) === undefined) return null;
  const by = deliverBy && deliverByText(deliverBy);
  return JSON.stringify({ tls, priority, at: deliverBy?.at, by, held, report });
}

function deliverByText({ mode, trace }: DeliverBy): string {
  return trace ? `${mode}-trace` : mode;
}

/** The columns `deliver_by_at` and `deliver_by`. */
export function readDeliverBy(at: number | null, text: string | null): DeliverBy | undefined {
  if (at === null || text === null) return undefined;
  return { at, mode: text.startsWith('return') ? 'return' : 'notify', trace: text.endsWith('-trace') };
}

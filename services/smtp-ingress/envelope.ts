import { splitAddress } from '../../shared/account/address.ts';
import type { Account } from '../../shared/account/port.ts';
import type { MailParameters } from '../../shared/protocol/smtp/mail-parameters.ts';
import type { DeliverBy, SpoolRecipient } from '../../shared/spool/port.ts';

/** The envelope of the transaction under way. */
export class Envelope {
  readonly reversePath: string;
  readonly parameters: MailParameters;
  readonly submitter: Account | undefined;
  /** As given, in order. */
  readonly forwardPaths: string[] = [];
  /** Aliases among them that lead on to others' servers, in lower case. */
  readonly forwarded = new Set<string>();
  /** Fields with what the checks of the sender came to, once the message is whole; '' where there were none. */
  authenticationResults = '';
  /** When MAIL came, Unix milliseconds: times that are asked for count from then. */
  readonly #at: number;
  readonly #recipients = new Map<string, SpoolRecipient>();

  constructor(reversePath: string, parameters: MailParameters, submitter: Account | undefined, at: number) {
    this.reversePath = reversePath;
    this.parameters = parameters;
    this.submitter = submitter;
    this.#at = at;
  }

  /** An account or a remote address that several forward-paths lead to gets the message once. */
  add(forwardPath: string, recipients: readonly SpoolRecipient[]): void {
    this.forwardPaths.push(forwardPath);
    for (const recipient of recipients) {
      const key = keyOf(recipient);
      if (!this.#recipients.has(key)) this.#recipients.set(key, recipient);
    }
  }

  /** Spool entries so far. */
  get targets(): number {
    return this.#recipients.size;
  }

  get recipients(): SpoolRecipient[] {
    return [...this.#recipients.values()];
  }

  /** The one that all recipients get it from; else the one that was given. */
  get returnPath(): string {
    let only: string | undefined;
    for (const { reversePath = this.reversePath } of this.#recipients.values()) {
      if (only !== undefined && only !== reversePath) return this.reversePath;
      only = reversePath;
    }
    return only ?? this.reversePath;
  }

  /** Whose mail it is: the submitter's, who was found to have the reverse-path. What others send in is signed by nobody here. */
  get signer(): string | undefined {
    return this.submitter && splitAddress(this.reversePath || this.submitter.address)?.domain;
  }

  /** RFC 6710 §4.1: to go before others is for those we know. */
  get priority(): number {
    const { priority = 0 } = this.parameters;
    return this.submitter === undefined ? Math.min(priority, 0) : priority;
  }

  get deliverBy(): DeliverBy | undefined {
    const { deliverBy: by } = this.parameters;
    return by && { at: this.#at + by.seconds * 1_000, mode: by.mode, trace: by.trace };
  }

  get heldUntil(): number | undefined {
    const { hold } = this.parameters;
    if (hold === undefined) return undefined;
    const until = hold.kind === 'for' ? this.#at + hold.seconds * 1_000 : hold.at;
    return until > this.#at ? until : undefined;
  }
}

function keyOf({ target, report }: SpoolRecipient): string {
  if (target.kind === 'local') return `local ${target.account}`;
  return `${report ?? 'remote'} ${target.forwardPath.toLowerCase()}`;
}

import type { Account } from '../../shared/account/port.ts';
import type { Body } from '../../shared/protocol/smtp/mail-parameters.ts';
import type { SpoolRecipient, SpoolTarget } from '../../shared/spool/port.ts';

/** The envelope of the transaction under way. */
export class Envelope {
  readonly reversePath: string;
  readonly body: Body;
  readonly submitter: Account | undefined;
  /** As given, in order. */
  readonly forwardPaths: string[] = [];
  readonly #targets = new Map<string, SpoolTarget>();

  constructor(reversePath: string, body: Body, submitter: Account | undefined) {
    this.reversePath = reversePath;
    this.body = body;
    this.submitter = submitter;
  }

  /** An account or a remote address that several forward-paths lead to gets the message once. */
  add(forwardPath: string, targets: readonly SpoolTarget[]): void {
    this.forwardPaths.push(forwardPath);
    for (const target of targets) {
      const key =
        target.kind === 'local' ? `local ${target.account}` : `remote ${target.forwardPath.toLowerCase()}`;
      if (!this.#targets.has(key)) this.#targets.set(key, target);
    }
  }

  get targets(): number {
    return this.#targets.size;
  }

  get recipients(): SpoolRecipient[] {
    return Array.from(this.#targets.values(), (target) => ({ target }));
  }
}

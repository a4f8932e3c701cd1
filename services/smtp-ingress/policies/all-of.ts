import type { ServerReply } from '../../../shared/protocol/smtp/server-reply.ts';
import type { Envelope } from '../envelope.ts';
import type { ConnectionPolicy, Policy, PolicyAnswer } from '../policy.ts';

/** Each is asked in turn; the first objection holds, and those after it are not asked. */
export function allOf(...policies: readonly Policy[]): Policy {
  return (listener, connection) => {
    const parts = policies
      .map((policy) => policy(listener, connection))
      .filter((part) => Object.keys(part).length > 0 || Object.getPrototypeOf(part) !== Object.prototype);
    return parts.length > 1 ? new Composed(parts) : (parts[0] ?? {});
  };
}

class Composed implements ConnectionPolicy {
  readonly #parts: readonly ConnectionPolicy[];

  constructor(parts: readonly ConnectionPolicy[]) {
    this.#parts = parts;
  }

  connect(): Promise<ServerReply | undefined> {
    return this.#first((part) => part.connect?.());
  }

  mail(envelope: Envelope): Promise<ServerReply | undefined> {
    return this.#first((part) => part.mail?.(envelope));
  }

  rcpt(envelope: Envelope, forwardPath: string): Promise<ServerReply | undefined> {
    return this.#first((part) => part.rcpt?.(envelope, forwardPath));
  }

  async traceFields(envelope: Envelope): Promise<string> {
    let fields = '';
    for (const part of this.#parts) fields += (await part.traceFields?.(envelope)) ?? '';
    return fields;
  }

  async content(chunk: Uint8Array): Promise<void> {
    for (const part of this.#parts) await part.content?.(chunk);
  }

  endOfData(envelope: Envelope): Promise<ServerReply | undefined> {
    return this.#first((part) => part.endOfData?.(envelope));
  }

  reset(): void {
    for (const part of this.#parts) part.reset?.();
  }

  closed(): void {
    for (const part of this.#parts) part.closed?.();
  }

  async #first(ask: (part: ConnectionPolicy) => PolicyAnswer): Promise<ServerReply | undefined> {
    for (const part of this.#parts) {
      const refusal = await ask(part);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}

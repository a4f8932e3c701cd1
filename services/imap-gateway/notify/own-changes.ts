import type { MailboxReply, MailboxRequest, MailboxVerb } from '../../../shared/mailbox/operations.ts';
import { type AccountId, HIERARCHY_DELIMITER, type ModSeq } from '../../../shared/mailbox/types.ts';
import { ancestors } from '../ancestors.ts';
import type { Difference } from './differences.ts';
import { keyOf } from './known-mailboxes.ts';

/** What the client did is seen in the next list or the one after; later it is another's. Milliseconds. */
const REMEMBERED_MS = 30_000;

const MAX_RENAMED = 16;
const MOVED = ['created', 'subscribed'] as const;

interface Messages {
  added: number;
  modSeq: ModSeq;
  at: number;
}

/** What the session itself did, of which it is not told (RFC 5465 §5). */
export class OwnChanges {
  /** By what happened and to which name: when (`performance.now()`). */
  readonly #names = new Map<string, number>();
  /** From and to, the latest last. */
  #renamed: readonly (readonly [string, string])[] = [];
  /** By `keyOf`. */
  readonly #messages = new Map<string, Messages>();

  note<Verb extends MailboxVerb>(
    verb: Verb,
    owner: AccountId,
    prefix: string,
    request: Omit<MailboxRequest<Verb>, 'account' | 'as'>,
    reply: MailboxReply<Verb>,
  ): void {
    const asked = request as Partial<Record<'name' | 'from' | 'to', string>> & {
      readonly subscribed?: boolean;
      readonly mailboxId?: string;
      readonly values?: readonly { readonly entry: string }[];
    };
    const done = reply as { mailboxId?: string; uids?: unknown[]; targetUids?: unknown[]; modSeq?: ModSeq };
    const name = `${prefix}${asked.name ?? ''}`;
    switch (verb) {
      case 'create':
        this.#note('created', name.replace(/\/$/, ''));
        break;
      case 'delete':
        this.#noteDeleted(name);
        break;
      case 'rename':
        this.#noteRenamed(prefix + asked.from, prefix + asked.to);
        break;
      case 'subscribe':
        this.#note(asked.subscribed ? 'subscribed' : 'unsubscribed', asked.name!);
        break;
      case 'setMetadata':
        for (const { entry } of asked.values!) this.#note('annotated', `${name}\0${entry}`);
        break;
      case 'append':
      case 'copy':
      case 'store':
      case 'expunge': {
        const added = verb === 'append' ? done.uids!.length : verb === 'copy' ? done.targetUids!.length : 0;
        this.#noteMessages(keyOf(owner, done.mailboxId ?? asked.mailboxId!), added, done.modSeq ?? 0);
      }
    }
  }

  /** The differences that others made. */
  without(all: readonly Difference[]): Difference[] {
    const before = performance.now() - REMEMBERED_MS;
    for (const [key, at] of this.#names) if (at < before) this.#names.delete(key);
    for (const [key, { at }] of this.#messages) if (at < before) this.#messages.delete(key);
    if (this.#names.size === 0 && this.#messages.size === 0) return [...all];
    return all.flatMap((one) => this.#left(one) ?? []);
  }

  #left(one: Difference): Difference | undefined {
    if (one.what === 'changed') {
      const own = this.#messages.get(one.now.key);
      if (own === undefined || one.now.info.modSeq > own.modSeq) return one;
      if (one.now.info.uidNext - one.before.info.uidNext > own.added) return one;
      this.#messages.delete(one.now.key);
      return undefined;
    }
    if (one.what === 'annotated') {
      const name = one.now?.name ?? '';
      const entries = one.entries.filter((entry) => !this.#names.delete(`annotated ${name}\0${entry}`));
      return entries.length === 0 ? undefined : { ...one, entries };
    }
    return this.#names.delete(`${one.what} ${one.name}`) ? undefined : one;
  }

  #note(what: Difference['what'], name: string): void {
    const at = performance.now();
    this.#names.set(`${what} ${name}`, at);
    if (what === 'created') for (const above of ancestors(name)) this.#names.set(`created ${above}`, at);
  }

  /** Two lists may lie before and after a RENAME and a DELETE of the new name. */
  #noteDeleted(name: string): void {
    this.#note('deleted', name);
    for (const [from, to] of this.#renamed)
      if (isWithin(to, name)) this.#note('deleted', from + name.slice(to.length));
  }

  /** Or before a CREATE or SUBSCRIBE and after a RENAME of that. */
  #noteRenamed(from: string, to: string): void {
    this.#renamed = [...this.#renamed.slice(1 - MAX_RENAMED), [from, to]];
    for (const key of [...this.#names.keys()]) {
      const what = MOVED.find((one) => key.startsWith(`${one} `)) ?? '';
      const name = key.slice(what.length + 1);
      if (what !== '' && isWithin(from, name)) this.#note(what, to + name.slice(from.length));
    }
    this.#note('renamed', to);
    this.#note('created', to);
    this.#note('deleted', from);
  }

  #noteMessages(key: string, added: number, modSeq: ModSeq): void {
    const before = this.#messages.get(key);
    this.#messages.set(key, {
      added: (before?.added ?? 0) + added,
      modSeq: Math.max(before?.modSeq ?? 0, modSeq),
      at: performance.now(),
    });
  }
}

function isWithin(above: string, name: string): boolean {
  return name === above || name.startsWith(above + HIERARCHY_DELIMITER);
}

import type { MailboxInfo } from '../../shared/mailbox/types.ts';
import type { CommandNamed } from '../../shared/protocol/imap/command.ts';
import { ancestors } from './ancestors.ts';

/** A name that LIST may tell; a mailbox, or what is above one. */
export interface ListedName {
  readonly name: string;
  /** Undefined: there is no mailbox of this name, nor a subscription to it. */
  readonly info: MailboxInfo | undefined;
}

export interface ListedAttributes {
  readonly text: string;
  /** What follows the name, with its space: extended data (RFC 5258 §4). */
  readonly extended: string;
}

type Criterion = 'SUBSCRIBED' | 'SPECIAL-USE';

const MEETS: Readonly<Record<Criterion, (info: MailboxInfo) => boolean>> = {
  SUBSCRIBED: (info) => info.subscribed,
  'SPECIAL-USE': (info) => info.specialUse !== null,
};

/** Which names the selection options of a LIST leave over, and their attributes (RFC 5258 §3, RFC 6154 §2). */
export class ListSelection {
  readonly #command: CommandNamed<'LIST'>;
  readonly #criteria: readonly Criterion[];
  readonly #mailboxes: readonly MailboxInfo[];
  /** How a name without a mailbox is told. */
  readonly #absent: string;
  readonly #parents = new Set<string>();
  readonly #parentsOfSelected = new Set<string>();

  constructor(command: CommandNamed<'LIST'>, mailboxes: readonly MailboxInfo[], rev2: boolean) {
    this.#command = command;
    this.#absent = command.extended || rev2 ? '\\NonExistent' : '\\Noselect';
    this.#mailboxes = mailboxes;
    this.#criteria = (['SUBSCRIBED', 'SPECIAL-USE'] as const).filter((one) => command.select.includes(one));
    for (const info of mailboxes) {
      const selected = this.#criteria.length > 0 && this.#selects(info);
      for (const parent of ancestors(info.name)) {
        if (info.exists) this.#parents.add(parent);
        if (selected) this.#parentsOfSelected.add(parent);
      }
    }
  }

  /** The mailboxes and subscriptions in their order, then names that are only above a subscription. */
  *names(): Generator<ListedName> {
    for (const info of this.#mailboxes) yield { name: info.name, info };
    const known = new Set(this.#mailboxes.map(({ name }) => name));
    for (const name of this.#parentsOfSelected) if (!known.has(name)) yield { name, info: undefined };
  }

  /** Undefined: the selection options leave it out. */
  attributesOf({ name, info }: ListedName): ListedAttributes | undefined {
    const { select, return: returned } = this.#command;
    const children = this.#parents.has(name);
    const above = select.includes('RECURSIVEMATCH') && this.#parentsOfSelected.has(name);
    if (!above && (info === undefined || !this.#selects(info))) return undefined;
    const exists = info?.exists === true;
    if (!exists && !children && !select.includes('SUBSCRIBED')) return undefined;
    const attributes: string[] = [];
    if (!exists) attributes.push(this.#absent);
    if (info?.subscribed && (select.includes('SUBSCRIBED') || returned.includes('SUBSCRIBED')))
      attributes.push('\\Subscribed');
    attributes.push(children ? '\\HasChildren' : '\\HasNoChildren');
    if (info !== undefined && info.specialUse !== null) attributes.push(`\\${info.specialUse}`);
    return { text: attributes.join(' '), extended: above ? this.#childInfo() : '' };
  }

  #selects(info: MailboxInfo): boolean {
    return this.#criteria.every((criterion) => MEETS[criterion](info));
  }

  #childInfo(): string {
    return ` ("CHILDINFO" (${this.#criteria.map((one) => `"${one}"`).join(' ')}))`;
  }
}

import { addRights, type Rights, removeRights } from '../../shared/mailbox/rights.ts';
import { type AccountId, HIERARCHY_DELIMITER } from '../../shared/mailbox/types.ts';
import { canonicalName, type MailboxRow, mailboxByName } from './mailbox-rows.ts';
import type { Turn } from './turn.ts';

interface Entry {
  mailbox_id: number;
  negative: boolean;
  rights: Rights;
}

/**
 * The entries that are for the asker `$2`: its own, those of the group of its domain, those of aliases that lead to it;
 * of one mailbox, or of all (`$3` null).
 */
const ENTRIES = `select e.mailbox_id, e.negative, e.rights from
    (select mailbox_id, rights, starts_with(identifier, '-') as negative,
       case when starts_with(identifier, '-') then substr(identifier, 2) else identifier end as who
     from mailbox_acl where account_id = $1 and ($3::bigint is null or mailbox_id = $3)) e
  cross join (select address, '@' || split_part(address, '@', -1) as domain from account
     where account_id = $2 and enabled) me
  where e.who = me.address or e.who = me.domain
    or (e.who not like '@%' and exists (select from alias a where a.address = e.who and a.target = me.address))`;

/** An account that asks another's actor for something, and what it may do there. */
export class Asker {
  readonly turn: Turn;
  readonly account: AccountId;

  constructor(turn: Turn, account: AccountId) {
    this.turn = turn;
    this.account = account;
  }

  /** Without any when there is no such mailbox. */
  async rightsByName(name: string): Promise<Rights> {
    const mailbox = await mailboxByName(this.turn, name);
    return mailbox?.present ? this.rightsById(mailbox.mailbox_id) : '';
  }

  async rightsById(mailboxId: string | number): Promise<Rights> {
    return rightsOf(await this.#entries(mailboxId));
  }

  /** By mailbox, where there are any. */
  async allRights(): Promise<ReadonlyMap<string, Rights>> {
    const entries = Map.groupBy(await this.#entries(null), (entry) => String(entry.mailbox_id));
    return new Map([...entries].map(([mailboxId, own]) => [mailboxId, rightsOf(own)]));
  }

  /** In the nearest mailbox above this name that exists (RFC 4314 §4). */
  async rightsAbove(asked: string): Promise<Rights> {
    let name = canonicalName(asked);
    for (let at = name.lastIndexOf(HIERARCHY_DELIMITER); at > 0; at = name.lastIndexOf(HIERARCHY_DELIMITER)) {
      name = name.slice(0, at);
      const mailbox = await mailboxByName(this.turn, name);
      if (mailbox?.present) return this.rightsById(mailbox.mailbox_id);
    }
    return '';
  }

  /** The mailbox of this name and all below it. */
  async tree(asked: string): Promise<MailboxRow[]> {
    const name = canonicalName(asked);
    return this.turn.database.prepared<MailboxRow>(
      'mailbox_tree_rows',
      'select * from mailbox where account_id = $1 and (name = $2 or starts_with(name, $3)) and present',
      [this.turn.account, name, name + HIERARCHY_DELIMITER],
    );
  }

  #entries(mailboxId: string | number | null): Promise<Entry[]> {
    const { turn, account } = this;
    return turn.database.prepared<Entry>('acl_entries', ENTRIES, [turn.account, account, mailboxId]);
  }
}

/** RFC 4314 §2: the union of what identifiers give, less what negative ones take. */
function rightsOf(entries: readonly Entry[]): Rights {
  const sum = (negative: boolean): Rights =>
    entries
      .filter((entry) => entry.negative === negative)
      .reduce((rights, entry) => addRights(rights, entry.rights), '');
  return removeRights(sum(false), sum(true));
}

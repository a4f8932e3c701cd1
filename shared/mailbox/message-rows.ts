import type { Database } from '../database/port.ts';
import { emailIdOf } from './email-id.ts';
import type { AccountId, EmailId, MailboxId, MessageFacts, ThreadId, Uid } from './types.ts';
import { formatUidSet, parseUidSet } from './uid-set.ts';

/** What never changes of messages in a mailbox, with IMAP's ENVELOPE and BODYSTRUCTURE as they are sent, where they are at hand. */
export interface ReadyMessage {
  readonly size: number;
  /** Unix milliseconds. */
  readonly internalDate: number;
  readonly saveDate: number;
  /** A character a byte; undefined: to be made from the structure. */
  readonly envelope: string | undefined;
  readonly bodyStructure: string | undefined;
  readonly emailId: EmailId | undefined;
  readonly threadId: ThreadId | undefined;
}

/** What is wanted of messages beside their facts. */
export interface ReadyItems {
  readonly envelope: boolean;
  readonly bodyStructure: boolean;
  /** EmailId and ThreadId. */
  readonly ids: boolean;
}

/** Messages of one read. */
export const READY_PAGE = 500;

/**
 * Reads rows of mailboxes past their actors: only what never changes, uids not being used again. Whoever asks has to
 * know that it may.
 */
export class MessageRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Facts of these messages and, as far as there are, of others from `first` to `last`. */
  async facts(account: AccountId, mailboxId: MailboxId, first: Uid, last: Uid): Promise<MessageFacts[]> {
    const rows = await this.#database.prepared<{
      uid: number;
      email_id: string;
      size: number;
      internal_at: number;
      saved_at: number;
    }>(
      'rows_facts',
      `select uid, email_id, size, internal_at, saved_at from mailbox_message
       where account_id = $1 and mailbox_id = $2 and uid between $3 and $4 order by uid`,
      [account, mailboxId, first, last],
    );
    return rows.map((row) => ({
      uid: row.uid,
      emailId: emailIdOf(row.email_id),
      size: row.size,
      internalDate: row.internal_at,
      saveDate: row.saved_at,
    }));
  }

  /** The threads of these messages, as far as the index has got to them. @param uids ascending. */
  async threads(account: AccountId, mailboxId: MailboxId, uids: readonly Uid[]): Promise<Map<Uid, ThreadId>> {
    const rows = await this.#database.prepared<{ uid: number; thread_id: string }>(
      'rows_threads',
      `select m.uid, a.thread_id from mailbox_message m join account_message a using (account_id, email_id)
       where m.account_id = $1 and m.mailbox_id = $2 and m.uid = any($3::bigint[])`,
      [account, mailboxId, uids],
    );
    return new Map(rows.map((row) => [row.uid, row.thread_id.replaceAll('-', '')]));
  }

  /** True when messages from `first` to `last` have no thread yet. */
  async lackThreads(account: AccountId, mailboxId: MailboxId, first: Uid, last: Uid): Promise<boolean> {
    const [row] = await this.#database.prepared<{ lacking: boolean }>(
      'rows_lack_threads',
      `select exists (select from mailbox_message m where account_id = $1 and mailbox_id = $2 and uid between $3 and $4
         and uid > coalesce((select uid from search_cursor where account_id = $1 and mailbox_id = $2), 0)
         and not exists (
           select from account_message a where a.email_id = m.email_id and a.account_id = m.account_id)) as lacking`,
      [account, mailboxId, first, last],
    );
    return row?.lacking === true;
  }

  /** Up to READY_PAGE messages; those that are gone are left out. `items`: ENVELOPE and BODYSTRUCTURE are wanted. @param uids ascending. */
  async ready(
    account: AccountId,
    mailboxId: MailboxId,
    uids: readonly Uid[],
    items: ReadyItems,
  ): Promise<Map<Uid, ReadyMessage>> {
    const { low, high } = parseUidSet(formatUidSet(uids))!;
    const multirange =
      low.length === 1 ? null : `{${low.map((from, at) => `[${from},${high[at]}]`).join(',')}}`;
    const [row] = await this.#database.prepared<Columns>(
      `rows_ready_${items.envelope}_${items.bodyStructure}_${items.ids}`,
      readySql(items),
      [account, mailboxId, uids[0], uids.at(-1), multirange],
    );
    const found = new Map<Uid, ReadyMessage>();
    if (row?.uids == null) return found;
    const [own, sizes, internal, saved] = [row.uids, row.sizes!, row.internal!, row.saved!].map(numbersOf);
    const envelopes = piecesOf(row.envelopes, row.envelope_lengths);
    const structures = piecesOf(row.structures, row.structure_lengths);
    const emailIds = row.email_ids?.replaceAll('-', '').split(',');
    const threadIds = row.thread_ids?.replaceAll('-', '').split(',');
    for (let at = 0; at < own!.length; at += 1)
      found.set(own![at]!, {
        size: sizes![at]!,
        internalDate: internal![at]!,
        saveDate: saved![at]!,
        envelope: envelopes?.[at],
        bodyStructure: structures?.[at],
        emailId: emailIds?.[at],
        threadId: threadIds?.[at] || undefined,
      });
    return found;
  }
}

interface Columns {
  readonly uids: string | null;
  readonly sizes: string | null;
  readonly internal: string | null;
  readonly saved: string | null;
  readonly email_ids?: string | null;
  readonly thread_ids?: string | null;
  readonly envelopes?: string | null;
  readonly envelope_lengths?: string | null;
  readonly structures?: string | null;
  readonly structure_lengths?: string | null;
}

/** As a few long texts: a row a message costs the client more than all else. */
function readySql({ envelope, bodyStructure, ids }: ReadyItems): string {
  const items = envelope || bodyStructure;
  const texts = (column: string, name: string): string =>
    `, string_agg(coalesce(${column}, ''), '') as ${name}s, string_agg(coalesce(length(${column}), -1)::text, ',') as ${name}_lengths`;
  return `with m as materialized (
      select * from mailbox_message m where account_id = $1 and mailbox_id = $2 and uid between $3 and $4
        and ($5::int8multirange is null or uid <@ $5) order by uid limit ${READY_PAGE})
    select string_agg(m.uid::text, ',') as uids, string_agg(m.size::text, ',') as sizes,
      string_agg(m.internal_at::text, ',') as internal, string_agg(m.saved_at::text, ',') as saved
      ${envelope ? texts('i.envelope', 'envelope') : ''}${bodyStructure ? texts('i.body_structure', 'structure') : ''}
      ${ids ? `, string_agg(m.email_id::text, ',') as email_ids, string_agg(coalesce(a.thread_id::text, ''), ',') as thread_ids` : ''}
    from m ${items ? 'left join message_items i using (email_id)' : ''}
      ${ids ? 'left join account_message a using (account_id, email_id)' : ''}`;
}

const numbersOf = (text: string): number[] => text.split(',').map(Number);

function piecesOf(
  text: string | null | undefined,
  lengths: string | null | undefined,
): (string | undefined)[] | undefined {
  if (text == null || lengths == null) return undefined;
  let at = 0;
  return numbersOf(lengths).map((length) => {
    if (length < 0) return undefined;
    const piece = text.slice(at, at + length);
    at += length;
    return piece;
  });
}

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { start } from '../../../services/mailbox-store/service.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { makeEmailId } from '../../../shared/mailbox/email-id.ts';
import {
  isRefusal,
  type MailboxReply,
  type MailboxRequest,
  type MailboxVerb,
  type RefusalReason,
} from '../../../shared/mailbox/operations.ts';
import type { EmailId, FlagSet, MailboxInfo } from '../../../shared/mailbox/types.ts';
import { parseStructure } from '../../../shared/message/parser.ts';
import type { Ports, Running } from '../../../shared/runtime/service.ts';
import type { StagedMessage } from '../../../shared/storage/port.ts';
import { openTestPorts } from '../../ports.ts';
import { missing } from '../../servers.ts';

const DOMAIN = 'example.test';
const WAIT_MS = 20_000;
export const NO_FLAGS: FlagSet = { system: 0, keywords: [] };

/** A mailbox-store over a database of its own, with accounts at will. */
export interface World {
  readonly ports: Ports;
  readonly store: Running;
  account(quota?: { quotaBytes?: number; quotaMessages?: number }): Promise<AccountWorld>;
  close(): Promise<void>;
}

/** Runs a suite on PGlite and on Postgres, each with one world for all its tests. */
export function onBothDatabases(
  title: string,
  suite: (world: () => World) => void,
  settings: Record<string, string> = {},
): void {
  for (const kind of ['pglite', 'postgres'] as const) {
    describe(`${title}, on ${kind}`, { skip: kind === 'postgres' && missing('postgres') }, () => {
      let world: World;
      before(async () => {
        world = await openWorld(kind, settings);
      });
      after(() => world?.close());
      suite(() => world);
    });
  }
}

export async function openWorld(
  kind: 'pglite' | 'postgres',
  settings: Record<string, string> = {},
  adapt: (ports: Ports) => Ports = (ports) => ports,
): Promise<World> {
  const opened = await openTestPorts(kind, { LEASE_TTL: '30s', ...settings });
  const { ports } = opened;
  const opening = createDomain(ports.database, DOMAIN).then(() => start(adapt(ports), opened.config));
  const store = await opening.catch(async (error) => {
    await opened.close();
    throw error;
  });
  let accounts = 0;
  return {
    ports,
    store,
    async account(quota = {}) {
      const address = `a${++accounts}@${DOMAIN}`;
      const made = await createAccount(ports.database, { address, password: 'open sesame', ...quota });
      assert.ok('accountId' in made, 'the account is made');
      return new AccountWorld(ports, made.accountId, address);
    },
    async close() {
      await store.stop(0);
      await opened.close();
    },
  };
}

/** A message as the ingress stages it; `body` makes its bytes its own. */
export function staged(body: string): StagedMessage {
  const inline = Buffer.from(`Subject: ${body}\r\n\r\n${body}\r\n`);
  return {
    emailId: makeEmailId(),
    size: inline.length,
    structure: parseStructure(inline),
    inline,
    chunks: 0,
  };
}

let requests = 0;
export const requestId = (): string => `request-${process.pid}-${++requests}`;

/** One account: asks its actor, and after each step compares its counters with its messages. */
export class AccountWorld {
  readonly ports: Ports;
  readonly id: string;
  readonly address: string;
  readonly #highest = new Map<string, number>();
  readonly #emailOf = new Map<string, string>();

  constructor(ports: Ports, id: string, address: string) {
    this.ports = ports;
    this.id = id;
    this.address = address;
  }

  raw<V extends MailboxVerb>(verb: V, request: Omit<MailboxRequest<V>, 'account'>) {
    return this.ports.mailboxes.ask(verb, { ...request, account: this.id } as MailboxRequest<V>);
  }

  /** The reply; a refusal fails the test. */
  async ask<V extends MailboxVerb>(
    verb: V,
    request: Omit<MailboxRequest<V>, 'account'>,
  ): Promise<MailboxReply<V>> {
    const reply = await this.raw(verb, request);
    if (isRefusal(reply)) assert.fail(`${verb} ${JSON.stringify(request)}: ${reply.refused} (${reply.text})`);
    await this.check();
    return reply;
  }

  /** The reason of the refusal; a reply fails the test, and so does a refusal that changed something. */
  async refused<V extends MailboxVerb>(
    verb: V,
    request: Omit<MailboxRequest<V>, 'account'>,
  ): Promise<RefusalReason> {
    const before = await this.state();
    const reply = await this.raw(verb, request);
    if (!isRefusal(reply)) assert.fail(`${verb} ${JSON.stringify(request)} was not refused`);
    assert.deepEqual(await this.state(), before, 'a refusal changes nothing');
    return reply.refused;
  }

  async names(): Promise<string[]> {
    const { mailboxes } = await this.ask('list', {});
    return mailboxes.map(({ name, exists }) => (exists ? name : `(${name})`));
  }

  status(name: string): Promise<MailboxInfo> {
    return this.ask('status', { name });
  }

  async idOf(name: string): Promise<string> {
    return (await this.status(name)).mailboxId;
  }

  /** Puts a message of each flag set into the mailbox; the uids. */
  async append(name: string, ...flags: FlagSet[]): Promise<number[]> {
    const messages = flags.map((set) => ({
      emailId: makeEmailId(),
      size: 100,
      internalDate: 1_700_000_000_000,
      flags: set,
    }));
    const reply = await this.ask('append', { requestId: requestId(), name, messages });
    return [...reply.uids];
  }

  /** Through the spool, as a sender does. Resolves when the entry is committed, before its delivery. */
  async send(body: string, more: readonly AccountWorld[] = []): Promise<EmailId> {
    const { emailId } = await this.ports.spool.enqueue({
      message: staged(body),
      reversePath: 'sender@example.org',
      recipients: [this, ...more].map(({ id, address }) => ({
        target: { kind: 'local', account: id, forwardPath: address },
      })),
      returnPathBytes: 0,
      body: '7bit',
      smtpUtf8: false,
    });
    return emailId;
  }

  async untilMessages(name: string, messages: number): Promise<void> {
    await until(
      `${messages} messages in ${name}`,
      async () => (await this.status(name)).messages === messages,
    );
  }

  /** Every message of a mailbox: uid → [flags, keywords]. */
  async view(name: string): Promise<Record<number, [number, string[]]>> {
    return viewOf(this, await this.idOf(name));
  }

  async check(): Promise<void> {
    const { database } = this.ports;
    const { rows: wrong } = await sql<object>`
      select m.name, m.messages, m.unseen, m.deleted, m.bytes, m.uid_next, m.mod_seq, r.*
      from mailbox m
      join lateral (select count(*)::int as real_messages, count(*) filter (where flags & 1 = 0)::int as real_unseen,
          count(*) filter (where flags & 8 <> 0)::int as real_deleted, coalesce(sum(size), 0)::bigint as real_bytes,
          coalesce(max(uid), 0)::bigint as real_uid, coalesce(max(mod_seq), 0)::bigint as real_mod_seq
        from mailbox_message x where x.account_id = m.account_id and x.mailbox_id = m.mailbox_id) r on true
      join account a using (account_id)
      where m.account_id = ${this.id} and ((m.messages, m.unseen, m.deleted, m.bytes) is distinct from
          (r.real_messages, r.real_unseen, r.real_deleted, r.real_bytes)
        or r.real_uid >= m.uid_next or r.real_mod_seq > m.mod_seq or m.mod_seq > a.mod_seq
        or m.recent_from > m.uid_next or (not m.present and r.real_messages > 0))`.execute(database.kysely);
    assert.deepEqual(wrong, [], 'the counters of the mailboxes are those of their messages');
    const { rows: off } = await sql<object>`select a.messages_used, a.bytes_used, r.* from account a
      join lateral (select count(*)::bigint as real_messages, coalesce(sum(size), 0)::bigint as real_bytes
        from mailbox_message x where x.account_id = a.account_id) r on true
      where a.account_id = ${this.id} and (a.messages_used <> r.real_messages or a.bytes_used <> r.real_bytes)`.execute(
      database.kysely,
    );
    assert.deepEqual(off, [], 'the counters of the account are those of its messages');
    const { rows: orphans } = await sql<object>`select mailbox_id, uid from mailbox_message m
      where account_id = ${this.id} and not exists (
        select from mailbox b where b.account_id = m.account_id and b.mailbox_id = m.mailbox_id)`.execute(
      database.kysely,
    );
    assert.deepEqual(orphans, [], 'each message is in a mailbox');
    await this.#onlyRises();
  }

  async #onlyRises(): Promise<void> {
    const { database } = this.ports;
    const rising = (key: string, value: number): void => {
      assert.ok(
        value >= (this.#highest.get(key) ?? 0),
        `${key} fell from ${this.#highest.get(key)} to ${value}`,
      );
      this.#highest.set(key, value);
    };
    const mailboxes = await database.kysely
      .selectFrom('mailbox')
      .select(['mailbox_id', 'name', 'uid_next', 'mod_seq', 'uid_validity'])
      .where('account_id', '=', Number(this.id))
      .execute();
    for (const row of mailboxes) {
      rising(`uid_next of ${row.mailbox_id}`, row.uid_next);
      rising(`mod_seq of ${row.mailbox_id}`, row.mod_seq);
      rising(`uid_validity of ${row.mailbox_id}`, row.uid_validity);
    }
    const { rows } = await sql<{
      id: string;
      email_id: string;
    }>`select mailbox_id || '/' || uid as id, email_id from mailbox_message where account_id = ${this.id}`.execute(
      database.kysely,
    );
    for (const { id, email_id } of rows) {
      assert.equal(this.#emailOf.get(id) ?? email_id, email_id, `uid ${id} is of one message for ever`);
      this.#emailOf.set(id, email_id);
    }
  }

  /** All that the account has, but for the MODSEQ and ids that a refused attempt may have used up. */
  async state(): Promise<unknown> {
    const { kysely } = this.ports.database;
    const account = Number(this.id);
    const [mailboxes, messages, journal] = await Promise.all([
      kysely
        .selectFrom('mailbox')
        .selectAll()
        .where('account_id', '=', account)
        .orderBy('mailbox_id')
        .execute(),
      kysely
        .selectFrom('mailbox_message')
        .selectAll()
        .where('account_id', '=', account)
        .orderBy('mailbox_id')
        .orderBy('uid')
        .execute(),
      kysely.selectFrom('journal').selectAll().where('account_id', '=', account).orderBy('mod_seq').execute(),
    ]);
    return { mailboxes, messages, journal };
  }
}

/** A whole mailbox by snapshot, in pages of `limit`. */
export async function viewOf(
  account: AccountWorld,
  mailboxId: string,
  limit = 20_000,
): Promise<Record<number, [number, string[]]>> {
  const view: Record<number, [number, string[]]> = {};
  for (let afterUid = 0, more = true; more; ) {
    const reply = await account.raw('snapshot', { mailboxId, afterUid, limit });
    if (isRefusal(reply)) assert.fail(reply.text);
    applyColumns(view, reply.columns);
    afterUid = reply.columns.uids.at(-1) ?? afterUid;
    more = reply.more;
  }
  return view;
}

export function applyColumns(
  view: Record<number, [number, string[]]>,
  columns: MailboxReply<'snapshot'>['columns'],
): void {
  columns.uids.forEach((uid, index) => {
    view[uid] = [columns.flags[index]!, []];
  });
  for (const [index, keywords] of columns.keywords) view[columns.uids[index]!]![1] = [...keywords];
}

export async function until(what: string, reached: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = performance.now() + WAIT_MS; !(await reached()); await sleep(10))
    assert.ok(performance.now() < deadline, `never: ${what}`);
}

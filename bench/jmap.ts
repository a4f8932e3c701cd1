import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { start as startMailboxStore } from '../services/mailbox-store/service.ts';
import { start as startWebmail } from '../services/webmail/service.ts';
import { createAccount } from '../shared/account/create-account.ts';
import { createDomain } from '../shared/account/create-domain.ts';
import { makeEmailId } from '../shared/mailbox/email-id.ts';
import { StructureParser } from '../shared/message/parser.ts';
import { openTestPorts } from '../test/ports.ts';

const HELP = `node bench/jmap.ts [--messages N] [--rounds N] [--database pglite|postgres]
How long a client waits for the first 50 messages of a large mailbox, by JMAP, and for what comes after.
`;

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '10' },
    database: { type: 'string', default: 'postgres' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const messages = Number(values.messages);
const rounds = Number(values.rounds);
const kind = values.database === 'pglite' ? 'pglite' : 'postgres';

const ADDRESS = 'reader@example.test';
const PASSWORD = 'open-sesame-open';
const MESSAGE = Buffer.from(
  'From: Somebody <somebody@elsewhere.test>\r\nTo: reader@example.test\r\nSubject: a message like others\r\nDate: Tue, 3 Feb 2026 04:05:06 +0000\r\nMessage-ID: <one@elsewhere.test>\r\n\r\na line of the body\r\n',
);

const { ports, config, close } = await openTestPorts(kind, { HTTP_PORT: '0', HTTPS_PORT: '0' });
await createDomain(ports.database, 'example.test');
await createAccount(ports.database, { address: ADDRESS, password: PASSWORD });
const accountId = (await ports.accounts.find(ADDRESS))!.accountId;
await fill();
const store = await startMailboxStore(ports, config);
const webmail = await startWebmail(ports, config);
const origin = `http://127.0.0.1:${webmail.addresses.http!.port}`;

/** Rows as deliveries and the indexer leave them: two messages a thread. */
async function fill(): Promise<void> {
  const parser = new StructureParser();
  parser.write(MESSAGE);
  const structure = Buffer.from(JSON.stringify(parser.end()));
  const size = MESSAGE.length;
  for (let at = 0; at < messages; at += 5_000) {
    const count = Math.min(5_000, messages - at);
    const ids = Array.from({ length: count }, () => makeEmailId());
    const threads = ids.map((_, index) => ids[index - (index % 2)]!);
    await ports.database.transaction(async (trx) => {
      const m = sql`unnest(${ids}::uuid[], ${threads}::uuid[]) with ordinality as m (id, thread, n)`;
      await sql`insert into message (email_id, size, chunks, structure, inline, stored_at)
        select id, ${size}, 0, ${structure}, ${MESSAGE}, 0 from ${m}`.execute(trx);
      await sql`insert into mailbox_message (account_id, mailbox_id, uid, email_id, mod_seq, flags, size, internal_at, saved_at)
        select ${accountId}, 1, ${at} + n, id, 1, (n % 7 <> 0)::int, ${size}, 1700000000000 + (${at} + n) * 60000, 0 from ${m}`.execute(
        trx,
      );
      await sql`insert into account_message (account_id, ord, email_id, thread_id, whole)
        select ${accountId}, ${at} + n - 1, id, thread, true from ${m}`.execute(trx);
      await sql`insert into message_text (email_id, header, body, whole)
        select id, 'subject: a message like others', 'a line of the body', true from ${m}`.execute(trx);
      await sql`insert into message_summary (email_id, preview, has_attachment)
        select id, 'a line of the body', false from ${m}`.execute(trx);
    });
  }
  await sql`update mailbox set messages = ${messages}, uid_next = ${messages + 1}, unseen = ${Math.floor(messages / 7)}
    where account_id = ${accountId} and mailbox_id = 1`.execute(ports.database.kysely);
  await sql`insert into search_cursor values (${accountId}, 1, ${messages})`.execute(ports.database.kysely);
  await sql`insert into search_account values (${accountId}, ${messages}, 0)`.execute(ports.database.kysely);
  await sql`analyze`.execute(ports.database.kysely);
}

const authorization = `Basic ${Buffer.from(`${ADDRESS}:${PASSWORD}`).toString('base64')}`;

async function request(
  methodCalls: unknown[],
): Promise<{ ms: number; responses: [string, Record<string, unknown>][] }> {
  const started = performance.now();
  const response = await fetch(`${origin}/jmap/api`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'], methodCalls }),
  });
  const { methodResponses } = (await response.json()) as {
    methodResponses: [string, Record<string, unknown>][];
  };
  return { ms: performance.now() - started, responses: methodResponses };
}

const LIST = [
  'id',
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'subject',
  'receivedAt',
  'size',
  'preview',
  'hasAttachment',
];
const list = (more: object): unknown[] => [
  [
    'Email/query',
    {
      accountId,
      filter: { inMailbox: '1' },
      sort: [{ property: 'receivedAt', isAscending: false }],
      limit: 50,
      ...more,
    },
    'q',
  ],
  [
    'Email/get',
    { accountId, '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: LIST },
    'g',
  ],
];

/** As after each new message: nothing that was kept of the account serves any more. */
async function changed(): Promise<void> {
  await sql`update account set mod_seq = mod_seq + 1 where account_id = ${accountId}`.execute(
    ports.database.kysely,
  );
}

async function measure(name: string, calls: unknown[], fresh: boolean): Promise<void> {
  const times: number[] = [];
  await request(calls);
  for (let round = 0; round < rounds; round += 1) {
    if (fresh) await changed();
    const { ms, responses } = await request(calls);
    if (responses.some(([answer]) => answer === 'error')) throw new Error(JSON.stringify(responses));
    times.push(ms);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1);
  process.stdout.write(`${name.padEnd(60)} median ${at(0.5)} ms, p90 ${at(0.9)} ms\n`);
}

process.stdout.write(`${messages} messages in one mailbox, ${kind}\n`);
await measure('first page, 50 newest, after a change', list({}), true);
await measure(
  'first page, threads collapsed, total, after a change',
  list({ collapseThreads: true, calculateTotal: true }),
  true,
);
await measure('a page at 50,000, nothing changed', list({ position: 50_000 }), false);
await measure(
  'a page at 50,000, collapsed, nothing changed',
  list({ position: 25_000, collapseThreads: true }),
  false,
);
await measure(
  'Mailbox/get, counts of emails, after a change',
  [['Mailbox/get', { accountId, properties: ['name', 'totalEmails', 'unreadEmails'] }, 'm']],
  true,
);
await measure('Mailbox/get, all properties, after a change', [['Mailbox/get', { accountId }, 'm']], true);
await measure('unread ones, after a change', list({ filter: { inMailbox: '1', notKeyword: '$seen' } }), true);
const { rows } = await sql<{ email_id: string }>`select email_id from mailbox_message limit 1`.execute(
  ports.database.kysely,
);
const one = rows[0]!.email_id.replaceAll('-', '');
await measure(
  'open one message',
  [['Email/get', { accountId, ids: [one], fetchHTMLBodyValues: true, fetchTextBodyValues: true }, 'g']],
  false,
);

await webmail.stop(0);
await store.stop(0);
await close();

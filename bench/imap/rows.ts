import { Connection } from './connection.ts';
import { messageOf, RARE_WORD } from './corpus.ts';

/** A server with the corpus in the INBOX of its account. */
export interface Target {
  readonly name: string;
  readonly imapPort: number;
  readonly pop3Port: number;
  readonly account: string;
  readonly password: string;
}

export interface Row {
  readonly name: string;
  /** Done once a run: it is about what was not read before, or changes the mailbox for good. */
  readonly once?: true;
  /**
   * What is timed, on a connection that is logged in and has INBOX selected (unless `bare`). `check`: has to be the same for all peers.
   */
  run(connection: Connection, target: Target, messages: number): Promise<{ check: number }>;
  /** Without a connection: what is timed opens its own. */
  readonly bare?: true;
  /** Not timed. */
  before?(connection: Connection): Promise<void>;
  after?(connection: Connection): Promise<void>;
}

const READS = 1_000;
const APPENDS = 500;
const COPIES = 10_000;

const fetched = (items: string) => async (connection: Connection) => {
  const { responses } = await connection.command(`FETCH 1:* (${items})`);
  return { check: responses };
};

/** Numbers in a response. */
const found = (line: string) => async (connection: Connection) => {
  const { shown } = await connection.command(line);
  return { check: shown.join(' ').match(/\d+/g)?.length ?? 0 };
};

const spread = (messages: number): number[] =>
  Array.from({ length: READS }, (_, at) => ((at * 7_919_317 + 13) % messages) + 1);

export const ROWS: readonly Row[] = [
  {
    name: 'log in, SELECT',
    bare: true,
    async run(_, target) {
      const connection = await Connection.logIn(target.imapPort, target.account, target.password);
      const { shown } = await connection.command('SELECT INBOX');
      connection.close();
      return { check: shown.length };
    },
  },
  { name: 'FETCH 1:* (UID FLAGS)', run: fetched('UID FLAGS') },
  { name: 'FETCH 1:* (ENVELOPE BODYSTRUCTURE), first', once: true, run: fetched('ENVELOPE BODYSTRUCTURE') },
  { name: 'FETCH 1:* (ENVELOPE BODYSTRUCTURE), again', run: fetched('ENVELOPE BODYSTRUCTURE') },
  {
    name: 'FETCH 1:* (BODY.PEEK[HEADER.FIELDS (X-MAILER)]), first',
    once: true,
    run: fetched('BODY.PEEK[HEADER.FIELDS (X-MAILER)]'),
  },
  {
    name: 'STORE 1:* +FLAGS (\\Flagged)',
    async run(connection) {
      return { check: (await connection.command('STORE 1:* +FLAGS (\\Flagged)')).responses };
    },
    async after(connection) {
      await connection.command('STORE 1:* -FLAGS.SILENT (\\Flagged)');
    },
  },
  { name: 'UID SEARCH SUBJECT, rare word', run: found(`UID SEARCH SUBJECT ${RARE_WORD}`) },
  { name: 'UID SEARCH BODY, rare word', run: found(`UID SEARCH BODY ${RARE_WORD}`) },
  { name: 'UID SEARCH BODY, word in most messages', run: found('UID SEARCH BODY people') },
  { name: 'UID SEARCH TEXT, no message', run: found('UID SEARCH TEXT xyzzyplugh') },
  { name: 'UID SEARCH SINCE LARGER', run: found('UID SEARCH SENTSINCE 1-Feb-2020 LARGER 10000') },
  { name: 'UID SORT (SUBJECT)', run: found('UID SORT (SUBJECT) UTF-8 ALL') },
  { name: 'UID SORT (REVERSE DATE)', run: found('UID SORT (REVERSE DATE) UTF-8 ALL') },
  { name: 'UID THREAD REFERENCES', run: found('UID THREAD REFERENCES UTF-8 ALL') },
  {
    name: `${READS} random BODY.PEEK[], one by one`,
    async run(connection, _, messages) {
      let bytes = 0;
      for (const number of spread(messages))
        bytes += (await connection.command(`FETCH ${number} BODY.PEEK[]`)).bytes;
      return { check: Math.floor(bytes / 100_000) };
    },
  },
  {
    name: `${READS} random BODY.PEEK[], pipelined`,
    async run(connection, _, messages) {
      const { bytes } = await connection.pipeline(
        spread(messages).map((number) => `FETCH ${number} BODY.PEEK[]`),
      );
      return { check: Math.floor(bytes / 100_000) };
    },
  },
  {
    name: `${APPENDS} APPEND, one by one`,
    async before(connection) {
      await connection.command('CREATE Appended');
    },
    async run(connection) {
      for (let number = 0; number < APPENDS; number += 1)
        await connection.append('Appended', [messageOf(number)]);
      return { check: APPENDS };
    },
    async after(connection) {
      await connection.command('DELETE Appended');
    },
  },
  {
    name: `COPY 1:${COPIES}`,
    async before(connection) {
      await connection.command('CREATE Copied');
    },
    async run(connection) {
      await connection.command(`COPY 1:${COPIES} Copied`);
      return { check: COPIES };
    },
    async after(connection) {
      await connection.command('DELETE Copied');
    },
  },
  {
    name: `MOVE 1:${COPIES}`,
    once: true,
    async before(connection) {
      await connection.command('CREATE Source');
      await connection.command('CREATE Target');
      await connection.command(`COPY 1:${COPIES} Source`);
      await connection.command('SELECT Source');
    },
    async run(connection) {
      await connection.command(`MOVE 1:${COPIES} Target`);
      return { check: COPIES };
    },
    async after(connection) {
      await connection.command('SELECT INBOX');
      await connection.command('DELETE Source');
      await connection.command('DELETE Target');
    },
  },
  ...['first', 'again'].map(
    (when): Row => ({
      name: `POP3 log in, UIDL, RETR of one, ${when}`,
      ...(when === 'first' ? { once: true as const } : {}),
      bare: true,
      async run(_, target, messages) {
        const connection = await Connection.open(target.pop3Port);
        await connection.pop3(`USER ${target.account}`, false);
        await connection.pop3(`PASS ${target.password}`, false);
        await connection.pop3('UIDL', true);
        await connection.pop3(`RETR ${Math.ceil(messages / 2)}`, true);
        await connection.pop3('QUIT', false);
        connection.close();
        return { check: 1 };
      },
    }),
  ),
];

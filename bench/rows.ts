/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly measure: Measure;
  readonly connections: number;
  readonly accounts: number;
  /** Forward-paths a message. */
  readonly recipients: number;
  readonly messages: number;
  readonly messageBytes: number;
  /** What the ratio ours : peer is to reach. */
  readonly goal: number;
}

/**
 * - `accept`: until the last 250 · `visible`: until IMAP counts the last one · `relay`: until a foreign server has the last one
 * - `push`: 250 → untagged EXISTS of a client that idles · `status`: 250 → counted by STATUS, asked without a pause
 */
export type Measure = 'accept' | 'visible' | 'relay' | 'push' | 'status';

/** Rows whose figure is a delay, not a rate. */
export const isDelay = (measure: Measure): boolean => measure === 'push' || measure === 'status';

const KIB = 1024;
/** The size of ordinary mail without attachments. */
const MAIL = 4 * KIB;
const LETTER_WITH_PICTURE = 50 * KIB;
const LARGE = 25 * KIB * KIB;

const row = (name: string, measure: Measure, some: Partial<Row>): Row => ({
  name,
  measure,
  connections: 10,
  accounts: 100,
  recipients: 1,
  messages: 2_000,
  messageBytes: MAIL,
  goal: 1,
  ...some,
});

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function all(): Row[] {
  const accept = (connections: number, goal: number): Row =>
    row(`accept 4 KiB, ${count(connections, 'connection')}`, 'accept', { connections, goal });
  const through = (accounts: number, connections: number): Row =>
    row(`end to end 4 KiB, ${count(accounts, 'account')}, ${connections} connections`, 'visible', {
      accounts,
      connections,
      goal: 5,
    });
  return [
    accept(1, 1.5),
    accept(10, 3),
    accept(50, 3),
    row('accept 50 KiB, 10 connections', 'accept', {
      messageBytes: LETTER_WITH_PICTURE,
      messages: 600,
      goal: 2,
    }),
    through(100, 10),
    through(100, 50),
    through(1, 10),
    through(1, 50),
    row('end to end 50 KiB, 100 accounts, 10 connections', 'visible', {
      messageBytes: LETTER_WITH_PICTURE,
      messages: 600,
      goal: 3,
    }),
    row('one message to 100 recipients, 4 connections', 'visible', {
      recipients: 100,
      connections: 4,
      messages: 40,
      goal: 5,
    }),
    row('25 MB message, 1 connection', 'visible', {
      messageBytes: LARGE,
      messages: 4,
      accounts: 1,
      connections: 1,
      goal: 1,
    }),
    row('relay 4 KiB to a sink, 10 connections', 'relay', { messages: 1_000, goal: 3 }),
    row('250 → EXISTS of an idling client', 'push', {
      messages: 40,
      accounts: 1,
      connections: 1,
      goal: 20,
    }),
    row('250 → visible by STATUS', 'status', { messages: 40, accounts: 1, connections: 1, goal: 1 }),
  ];
}

/** A fraction of the messages, so that all peers and rounds fit into three minutes. */
const QUICK_SHARE = 0.25;

export function rows(quick: boolean): readonly Row[] {
  if (!quick) return all();
  return all().map((one) => ({
    ...one,
    messages: Math.max(
      Math.min(one.messages, isDelay(one.measure) ? 12 : 2),
      Math.round(one.messages * QUICK_SHARE),
    ),
  }));
}

/** Brings processes, caches and compilers to what they are in service; not measured. */
export const warmUp = (quick: boolean): readonly Row[] => [
  row('warm-up', 'visible', { connections: 50, messages: quick ? 600 : 2_000 }),
  row('warm-up', 'visible', {
    connections: 10,
    messages: quick ? 300 : 1_000,
    messageBytes: LETTER_WITH_PICTURE / 5,
  }),
  row('warm-up', 'relay', { connections: 10, messages: quick ? 100 : 300 }),
];

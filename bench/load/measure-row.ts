import { relayPath } from '../relay-path.ts';
import type { Row } from '../rows.ts';
import type { Before, Mailboxes } from './mailboxes.ts';
import { messagesOf } from './message.ts';
import type { LoadMeasured, LoadRequest, LoadTarget } from './request.ts';
import { expectedOf, type SendPlan, sendAll } from './send.ts';
import { SmtpConnection } from './smtp-connection.ts';

/** A row in three steps, so that the servers' CPU can be read between them. */
export interface PreparedRow {
  measure(): Promise<LoadMeasured>;
  /** Compares what arrived byte by byte (SHA-256) and counts it; throws when a message is altered, missing or doubled. */
  verify(): Promise<number>;
}

const REVERSE_PATH = 'sender@load.test';
/** Between two single messages: each is to meet a server at rest. */
const PAUSE_MS = 30;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** Opens what the row needs. Relayed messages arrive at the other side's sink, which verifies them. */
export async function prepareRow(
  target: LoadTarget,
  mailboxes: Mailboxes,
  { row, run }: LoadRequest,
): Promise<PreparedRow> {
  const relay = row.measure === 'relay';
  const accounts = target.accounts.slice(0, row.accounts);
  const port = relay ? target.submissionPort : target.smtpPort;
  const sender = accounts[0] ?? '';
  const login = relay && target.submissionLogin ? { address: sender, password: target.password } : undefined;
  const connections: SmtpConnection[] = [];
  for (let opened = 0; opened < row.connections; opened++)
    connections.push(await SmtpConnection.open(port, login));
  const plan: SendPlan = {
    connections,
    messages: row.messages,
    reversePath: relay ? sender : REVERSE_PATH,
    // A submitter writes as himself.
    make: messagesOf(run, row.messageBytes, relay ? sender : REVERSE_PATH),
    forwardPaths: relay
      ? (number) => [relayPath(number)]
      : (number) =>
          Array.from({ length: row.recipients }, (_, at) => accounts[(number + at) % accounts.length] ?? ''),
  };
  const before = relay ? [] : await Promise.all(accounts.map((_, index) => mailboxes.before(index)));
  const expected = counts(row, plan, accounts, before);
  const work = { send: () => sendAll(plan), seen: () => mailboxes.until(expected) };
  return {
    async measure() {
      const cpu = process.cpuUsage();
      const measured =
        row.measure === 'push' || row.measure === 'status'
          ? await oneByOne(row, plan, mailboxes, before[0]?.messages ?? 0)
          : await together(work);
      const { user, system } = process.cpuUsage(cpu);
      return { ...measured, loadCpuMs: (user + system) / 1_000 };
    },
    async verify() {
      for (const connection of connections) connection.close();
      if (relay) return 0;
      const sent = expectedOf(plan);
      let intact = 0;
      for (const [index, start] of before.entries()) {
        const once = new Set<string>();
        for (const { messageId, sha256 } of await mailboxes.arrived(index, start)) {
          if (sent.get(messageId) !== sha256) throw new Error(`${messageId} is not what was sent`);
          if (once.has(messageId)) throw new Error(`${messageId} is there twice`);
          once.add(messageId);
          intact++;
        }
      }
      return intact;
    },
  };
}

function counts(
  row: Row,
  plan: SendPlan,
  accounts: readonly string[],
  before: readonly Before[],
): Map<number, number> {
  const added = new Map<string, number>();
  for (let number = 0; number < row.messages; number++)
    for (const path of plan.forwardPaths(number)) added.set(path, (added.get(path) ?? 0) + 1);
  return new Map(before.map((one, index) => [index, one.messages + (added.get(accounts[index] ?? '') ?? 0)]));
}

async function together(work: {
  send(): Promise<number[]>;
  seen(): Promise<void>;
}): Promise<Omit<LoadMeasured, 'loadCpuMs'>> {
  const start = performance.now();
  const delays = await work.send();
  const acceptMs = performance.now() - start;
  await work.seen();
  return { acceptMs, visibleMs: performance.now() - start, delays };
}

/** One message at a time to a mailbox that is watched: what is measured begins at its 250. */
async function oneByOne(
  row: Row,
  plan: SendPlan,
  mailboxes: Mailboxes,
  before: number,
): Promise<Omit<LoadMeasured, 'loadCpuMs'>> {
  const watcher = row.measure === 'push' ? await idleWatcher(mailboxes) : undefined;
  const [connection] = plan.connections;
  const delays: number[] = [];
  const start = performance.now();
  for (let number = 0; number < row.messages; number++) {
    const total = before + number + 1;
    const forwardPaths = plan.forwardPaths(number);
    const { bytes } = plan.make(number, forwardPaths[0] ?? '');
    const seen = watcher?.exists(total);
    await connection?.send(plan.reversePath, forwardPaths, bytes);
    const accepted = performance.now();
    // A notification may be quicker than the reply: then there was no delay.
    if (seen === undefined) await mailboxes.until(new Map([[0, total]]), 0);
    const at = (await seen) ?? performance.now();
    delays.push(Math.max(0, at - accepted));
    await pause();
  }
  const visibleMs = performance.now() - start;
  await watcher?.stop();
  return { acceptMs: visibleMs, visibleMs, delays };
}

async function idleWatcher(mailboxes: Mailboxes) {
  const session = mailboxes.session(0);
  await session.select('INBOX');
  const idle = await session.idle();
  return {
    /** When EXISTS said this number. */
    async exists(total: number): Promise<number> {
      for (;;) {
        const { text } = await idle.next();
        if (Number(/^\* (\d+) EXISTS/.exec(text)?.[1]) >= total) return performance.now();
      }
    },
    async stop(): Promise<void> {
      await idle.done();
      await session.command('UNSELECT');
    },
  };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { DestinationActor, type DestinationDeps } from '../../../services/relay-worker/destination-actor.ts';
import { OutboundConnection } from '../../../services/relay-worker/outbound-connection.ts';
import { Slots } from '../../../services/relay-worker/slots.ts';
import type { RemoteEntry, RemoteOutcome } from '../../../shared/spool/remote.ts';
import { type SinkServer, startSink } from '../../sink-smtp.ts';
import { entryOf } from './entry.ts';

const MAX_CONNECTIONS = 4;

/** A spool in memory whose answers to `due` can be held back, as a slow database holds them back. */
class GatedSpool {
  readonly entries = new Map<string, RemoteEntry>();
  readonly outcomes: RemoteOutcome[] = [];
  gate: Promise<void> | null = null;
  reads = 0;

  add(...entries: RemoteEntry[]): void {
    for (const entry of entries) this.entries.set(`${entry.emailId}/${entry.recipientNo}`, entry);
  }

  async place(): Promise<void> {}

  async destinationsDue(): Promise<string[]> {
    return [];
  }

  async due(_destination: string, _now: number, limit: number): Promise<RemoteEntry[]> {
    this.reads++;
    const found = [...this.entries.values()].slice(0, limit);
    await this.gate;
    return found;
  }

  async othersDue(): Promise<{ entries: RemoteEntry[]; after: string }> {
    return { entries: [], after: '' };
  }

  async settle(_fence: unknown, _destination: string, outcomes: readonly RemoteOutcome[]): Promise<void> {
    for (const { entry } of outcomes) this.entries.delete(`${entry.emailId}/${entry.recipientNo}`);
    this.outcomes.push(...outcomes);
  }
}

async function actorTo(
  sink: SinkServer,
  spool: GatedSpool,
  given: Partial<DestinationDeps> = {},
): Promise<DestinationActor> {
  const host = { name: 'mx.example.org', address: sink.host, port: sink.port };
  return new DestinationActor('example.org', {
    spool,
    fence: () => ({ replicaId: 'r' }),
    fenceLost: () => {},
    dsns: async (outcomes) => ({ outcomes, dsns: [] }),
    holds: () => true,
    message: async () => ({
      utf8Header: false,
      tlsOptional: async () => false,
      size: 1_000,
      async *body() {
        yield Buffer.from('Subject: x\r\n\r\nx\r\n');
      },
    }),
    async *route() {
      yield host;
      return null;
    },
    open: (target) => OutboundConnection.open(target, { hostname: 'us', startTls: false }),
    slots: new Slots(100),
    connections: MAX_CONNECTIONS,
    retry: { retryScheduleMs: [60_000], spoolLifetimeMs: 1_000_000 },
    now: () => 0,
    random: () => 0,
    tracing: {
      span: (_name, _options, work) => work({ traceparent: '', setAttribute() {} }),
      current: () => undefined,
      stop: async () => {},
    },
    log: pino({ level: 'silent' }),
    observe: () => {},
    ...given,
  });
}

const messageNo = (number: number) => entryOf({ emailId: String(number).padStart(32, '0') });
function silentAtDot(line: string, atDot: () => void): 'silence' | undefined {
  if (line !== '.') return undefined;
  atDot();
  return 'silence';
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

test('destination actor: what was settled while the spool was being read is not sent again', async () => {
  await using sink = await startSink();
  const spool = new GatedSpool();
  const actor = await actorTo(sink, spool);
  let answer = () => {};
  sink.script = { reply: (line) => silentAtDot(line, answer) };
  spool.add(messageNo(1));
  const atDot = new Promise<void>((resolve) => {
    answer = resolve;
  });
  actor.hint();
  await atDot;
  // The read sees the entry; the message is taken and settled before the read comes back.
  let open = () => {};
  spool.gate = new Promise((resolve) => {
    open = resolve;
  });
  actor.hint();
  await turn();
  assert.equal(spool.reads, 2);
  sink.script = {};
  sink.say('250 queued');
  while (spool.outcomes.length === 0) await turn();
  spool.gate = null;
  open();
  await turn();
  await actor.stop(1_000);
  assert.equal(sink.lines.filter((line) => line.endsWith(' .')).length, 1);
  assert.equal(spool.outcomes.length, 1);
});

test('destination actor: a hint that comes while the spool is being read leads to another read', async () => {
  await using sink = await startSink();
  const spool = new GatedSpool();
  const actor = await actorTo(sink, spool);
  let open = () => {};
  spool.gate = new Promise((resolve) => {
    open = resolve;
  });
  actor.hint();
  spool.add(messageNo(1));
  actor.hint();
  spool.gate = null;
  open();
  await sink.until(() => sink.messages.length === 1);
  await actor.stop(1_000);
});

test('destination actor: no more connections than allowed, however much mail', async () => {
  await using sink = await startSink();
  const spool = new GatedSpool();
  spool.add(...Array.from({ length: 500 }, (_, i) => messageNo(i)));
  const actor = await actorTo(sink, spool);
  let most = 0;
  sink.script = {
    reply: () => {
      most = Math.max(most, sink.open);
      return undefined;
    },
  };
  actor.hint();
  await sink.until(() => sink.messages.length === 500);
  assert.equal(most, MAX_CONNECTIONS);
  // A connection serves 100 messages.
  assert.ok(sink.connections >= 5 && sink.connections <= 9, `${sink.connections} connections`);
  await actor.stop(1_000);
  assert.equal(actor.idle, true);
});

test('destination actor: without the lease nothing is begun', async () => {
  await using sink = await startSink();
  const spool = new GatedSpool();
  spool.add(messageNo(1));
  const actor = await actorTo(sink, spool, { holds: () => false });
  actor.hint();
  await turn();
  assert.equal(sink.connections, 0);
  assert.equal(actor.idle, true);
});

test('destination actor: a lease lost midway keeps the final dot back', async () => {
  await using sink = await startSink();
  const spool = new GatedSpool();
  spool.add(messageNo(1));
  let held = true;
  sink.script = {
    reply: (line) => {
      if (line === 'DATA') held = false;
      return undefined;
    },
  };
  const actor = await actorTo(sink, spool, { holds: () => held });
  actor.hint();
  await sink.until(() => sink.connections === 1 && sink.open === 0);
  assert.equal(sink.messages.length, 0);
  await actor.stop(1_000);
});

test('destination actor: stop cuts off what does not end, and leaves it due', async () => {
  await using sink = await startSink({
    reply: (line) => (line.startsWith('RCPT') ? 'silence' : undefined),
    ehlo: [],
  });
  const spool = new GatedSpool();
  spool.add(messageNo(1), messageNo(2));
  const actor = await actorTo(sink, spool);
  actor.hint();
  await sink.until(() => sink.lines.filter((line) => line.includes('RCPT')).length === 2);
  await actor.stop(50);
  assert.deepEqual(spool.outcomes, []);
  assert.equal(spool.entries.size, 2);
  await sink.until(() => sink.open === 0);
});

test('destination actor: stop waits for the answer of a server that has the whole message', async () => {
  await using sink = await startSink();
  const spool = new GatedSpool();
  spool.add(messageNo(1));
  let answer = () => {};
  const atDot = new Promise<void>((resolve) => {
    answer = resolve;
  });
  sink.script = { reply: (line) => silentAtDot(line, answer) };
  const actor = await actorTo(sink, spool);
  actor.hint();
  await atDot;
  const stopped = actor.stop(500);
  setTimeout(() => sink.say('250 queued'), 700);
  await stopped;
  assert.deepEqual(
    spool.outcomes.map((outcome) => outcome.kind),
    ['delivered'],
  );
});

test('destination actor: nobody answers: what comes within a minute is put off untried, unless an attempt is asked for', async () => {
  await using sink = await startSink({ greeting: '421 4.3.2 closed' });
  const spool = new GatedSpool();
  const actor = await actorTo(sink, spool);
  const outcomes = async (count: number) => {
    while (spool.outcomes.length < count) await turn();
    return spool.outcomes.at(-1);
  };
  spool.add(messageNo(1));
  actor.hint();
  await outcomes(1);
  assert.equal(sink.connections, 1);
  spool.add(messageNo(2));
  actor.hint();
  const putOff = await outcomes(2);
  assert.equal(putOff?.reply, '421 4.3.2 closed');
  assert.equal(sink.connections, 1);
  sink.script = {};
  spool.add(messageNo(3));
  actor.hint(true);
  assert.equal((await outcomes(3))?.kind, 'delivered');
  await actor.stop(1_000);
});

import { setTimeout as sleep } from 'node:timers/promises';
import type { SmtpSink } from '../scripts/soak/smtp-sink.ts';
import { messagesOf } from './load/message.ts';
import { expectedOf } from './load/send.ts';
import type { LoadProcess } from './load-process.ts';
import type { Peer } from './peers/peer.ts';
import { percentile } from './percentile.ts';
import { cpuOf, peaksOf, resetPeaks } from './processes.ts';
import { relayPath } from './relay-path.ts';
import type { Row } from './rows.ts';

/** One row of one peer in one round. Times in milliseconds. */
export interface Measured {
  /** Messages a second, or deliveries a second where a message has several recipients. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of all server processes a delivery, from the first byte until the last message was seen where it goes. */
  readonly cpuMs: number;
  readonly cpuMsOf: ReadonlyMap<string, number>;
  readonly loadCpuMs: number;
  /** MiB, the largest process of each kind. */
  readonly peakMib: ReadonlyMap<string, number>;
}

/** A peer with what loads it and what it relays to. */
export interface Bench {
  readonly peer: Peer;
  readonly load: LoadProcess;
  readonly sink: SmtpSink;
}

const RELAYED_WITHIN_MS = 120_000;
const POLL_MS = 1;

/** Measures a row and checks that every message arrived once and intact; throws when not. */
export async function measure({ peer, load, sink }: Bench, row: Row, run: string): Promise<Measured> {
  await load.prepare({ row, run });
  const parts = peer.parts();
  resetPeaks(parts);
  const arrivedBefore = sink.arrivals.size;
  const cpuBefore = cpuOf(parts);
  const start = performance.now();
  const measured = await load.measure();
  if (row.measure === 'relay') await relayed(sink, arrivedBefore + row.messages);
  const relayMs = performance.now() - start;
  const cpu = cpuOf(parts);
  const peakMib = peaksOf(parts);
  const deliveries = row.messages * row.recipients;
  const intact =
    (await load.verify()) +
    (row.measure === 'relay' ? verifyRelayed(sink, row, run, peer.target.accounts[0] ?? '') : 0);
  if (intact !== deliveries)
    throw new Error(`${peer.name}, ${row.name}: ${intact} of ${deliveries} arrived intact`);
  const wallMs = { accept: measured.acceptMs, relay: relayMs }[row.measure as string] ?? measured.visibleMs;
  const cpuMsOf = new Map(
    [...cpu].map(([name, ms]) => [name, (ms - (cpuBefore.get(name) ?? 0)) / deliveries]),
  );
  return {
    rate: (deliveries / wallMs) * 1_000,
    p50Ms: percentile(measured.delays, 0.5),
    p99Ms: percentile(measured.delays, 0.99),
    cpuMs: cpuMsOf.values().reduce((sum, one) => sum + one, 0),
    cpuMsOf,
    loadCpuMs: measured.loadCpuMs / deliveries,
    peakMib,
  };
}

async function relayed(sink: SmtpSink, total: number): Promise<void> {
  const deadline = performance.now() + RELAYED_WITHIN_MS;
  while (sink.arrivals.size < total) {
    if (performance.now() > deadline)
      throw new Error(`the sink has ${sink.arrivals.size} of ${total} messages`);
    await sleep(POLL_MS);
  }
}

function verifyRelayed(sink: SmtpSink, row: Row, run: string, sender: string): number {
  const make = messagesOf(run, row.messageBytes, sender);
  const forwardPaths = (number: number) => [relayPath(number)];
  let intact = 0;
  for (const [messageId, digest] of expectedOf({ messages: row.messages, forwardPaths, make })) {
    const arrived = sink.arrivals.get(messageId) ?? [];
    if (arrived.length !== 1 || arrived[0] !== digest)
      throw new Error(`${messageId} arrived ${arrived.length} times, or altered`);
    intact++;
  }
  return intact;
}

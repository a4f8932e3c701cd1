import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { type Answer, decode, encode, type Question } from 'dns-packet';

/** What a name has. `cname` stands alone and is followed within the zone, as a resolver does. */
export interface DnsName {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** `[preference, exchanger]`; `[0, '.']` is the null MX. */
  readonly mx?: readonly (readonly [number, string])[];
  readonly cname?: string;
  /** Answers SERVFAIL to everything. */
  readonly servfail?: boolean;
  /** Milliseconds before the answer; Infinity: none comes. */
  readonly delayMs?: number;
  /** Seconds; 60 when not given. */
  readonly ttl?: number;
}

export type Zone = Record<string, DnsName>;

export interface TestDnsServer extends AsyncDisposable {
  /** `127.0.0.1:port`, for DNS_SERVERS. */
  readonly address: string;
  /** Names as keys, lower case, no final dot; may be changed at any time. */
  readonly zone: Zone;
  /** `MX example.org`, in order. */
  readonly questions: string[];
  stop(): Promise<void>;
}

const SERVFAIL = 2;
const NXDOMAIN = 3;

/** A resolver for tests, over UDP on loopback. A name that the zone lacks does not exist. */
export async function startDnsServer(zone: Zone = {}): Promise<TestDnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  socket.on('message', (packet, from) => {
    const query = decode(packet);
    const question = query.questions?.[0];
    if (!question) return;
    const name = question.name.toLowerCase();
    questions.push(`${question.type} ${name}`);
    const delayMs = zone[name]?.delayMs ?? 0;
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const { answers, code } = answerTo(question, zone);
    const response = encode({
      type: 'response',
      id: query.id,
      // QR is set by `type`; recursion desired and available, and the code in the low four bits.
      flags: 0x0180 | code,
      questions: [question],
      answers,
    });
    const timer = setTimeout(() => {
      timers.delete(timer);
      socket.send(response, from.port, from.address);
    }, delayMs);
    timers.add(timer);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const stop = () => closed(socket, timers);
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    zone,
    questions,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function closed(socket: Socket, timers: Set<NodeJS.Timeout>): Promise<void> {
  for (const timer of timers) clearTimeout(timer);
  return new Promise((resolve) => socket.close(() => resolve()));
}

function answerTo(question: Question, zone: Zone): { answers: Answer[]; code: number } {
  const answers: Answer[] = [];
  let name = question.name.toLowerCase();
  // A chain of aliases longer than this is a loop.
  for (let links = 0; links < 8; links++) {
    const found = zone[name];
    if (!found) return { answers, code: NXDOMAIN };
    if (found.servfail) return { answers: [], code: SERVFAIL };
    if (found.cname === undefined) {
      answers.push(...recordsOf(name, found, question.type));
      return { answers, code: 0 };
    }
    answers.push({ name, type: 'CNAME', ttl: found.ttl ?? 60, data: found.cname });
    name = found.cname.toLowerCase();
  }
  return { answers: [], code: SERVFAIL };
}

function recordsOf(name: string, found: DnsName, type: string): Answer[] {
  const ttl = found.ttl ?? 60;
  switch (type) {
    case 'A':
      return (found.a ?? []).map((data) => ({ name, type: 'A', ttl, data }));
    case 'AAAA':
      return (found.aaaa ?? []).map((data) => ({ name, type: 'AAAA', ttl, data }));
    case 'MX':
      return (found.mx ?? []).map(([preference, exchange]) => ({
        name,
        type: 'MX',
        ttl,
        data: { preference, exchange },
      }));
    default:
      return [];
  }
}

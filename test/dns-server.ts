import { createSocket, type Socket } from 'node:dgram';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Answer, decode, encode, type Question, type TlsaData } from 'dns-packet';

/** What a name has. `cname` stands alone and is followed within the zone, as a resolver does. */
export interface DnsName {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** `[preference, exchanger]`; `[0, '.']` is the null MX. */
  readonly ptr?: readonly string[];
  readonly mx?: readonly (readonly [number, string])[];
  readonly cname?: string;
  readonly txt?: readonly string[];
  readonly tlsa?: readonly TlsaData[];
  /** `[priority, weight, port, target]`. */
  readonly srv?: readonly (readonly [number, number, number, string])[];
  /** The answer is vouched for by DNSSEC (the AD bit), as far as all names on the way are. */
  readonly secure?: boolean;
  /** Answers SERVFAIL to everything, or to these types. */
  readonly servfail?: boolean | readonly string[];
  /** Over UDP the answer is cut short: it is to be asked for over TCP. */
  readonly truncated?: boolean;
  /** Seconds that "no such record" holds; 60 when not given. */
  readonly negativeTtl?: number;
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

/** A resolver for tests, over UDP and TCP on loopback. A name that the zone lacks does not exist. */
export async function startDnsServer(zone: Zone = {}, tries = 5): Promise<TestDnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const respond = (packet: Buffer, send: (response: Buffer) => void, overUdp: boolean): void => {
    const query = decode(packet);
    const question = query.questions?.[0];
    if (!question) return;
    const name = question.name.toLowerCase();
    questions.push(`${question.type} ${name}`);
    const delayMs = zone[name]?.delayMs ?? 0;
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const truncated = overUdp && zone[name]?.truncated === true;
    const { answers, code, secure, negativeTtl } = answerTo(question, zone);
    const response = encode({
      type: 'response',
      id: query.id,
      // QR is set by `type`; recursion desired and available, and the code in the low four bits.
      flags: 0x0180 | (secure ? 0x20 : 0) | (truncated ? 0x200 : 0) | code,
      questions: [question],
      answers: truncated ? [] : answers,
      authorities:
        code === NXDOMAIN || !answers.some((answer) => answer.type === question.type)
          ? [soa(negativeTtl)]
          : [],
    });
    const timer = setTimeout(() => {
      timers.delete(timer);
      send(response);
    }, delayMs);
    timers.add(timer);
  };
  socket.on('message', (packet, from) =>
    respond(packet, (response) => socket.send(response, from.port, from.address), true),
  );
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', (bytes: Buffer) =>
      respond(
        bytes.subarray(2),
        (response) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(response.length);
          connection.end(Buffer.concat([length, response]));
        },
        false,
      ),
    );
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    // The port was free for TCP alone: what listens already would keep the process.
    server.close();
    socket.close();
    if (tries > 1) return startDnsServer(zone, tries - 1);
    throw error;
  }
  const stop = () => closed(socket, server, timers);
  return {
    address: `127.0.0.1:${port}`,
    zone,
    questions,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

function soa(minimum: number): Answer {
  const data = { mname: 'ns.test', rname: 'root.test', serial: 1, refresh: 1, retry: 1, expire: 1, minimum };
  return { name: 'test', type: 'SOA', ttl: 3_600, data };
}

async function closed(socket: Socket, server: Server, timers: Set<NodeJS.Timeout>): Promise<void> {
  for (const timer of timers) clearTimeout(timer);
  await Promise.all([
    new Promise<void>((resolve) => socket.close(() => resolve())),
    new Promise<void>((resolve) => server.close(() => resolve())),
  ]);
}

function answerTo(question: Question, zone: Zone) {
  const answers: Answer[] = [];
  let name = question.name.toLowerCase();
  let secure = true;
  let negativeTtl = 60;
  // A chain of aliases longer than this is a loop.
  for (let links = 0; links < 8; links++) {
    const found = zone[name];
    secure &&= found?.secure === true;
    negativeTtl = found?.negativeTtl ?? 60;
    if (!found) return { answers, code: NXDOMAIN, secure, negativeTtl };
    const { servfail = false } = found;
    if (servfail === true || (servfail || []).includes(question.type)) break;
    if (found.cname === undefined) {
      answers.push(...recordsOf(name, found, question.type));
      return { answers, code: 0, secure, negativeTtl };
    }
    answers.push({ name, type: 'CNAME', ttl: found.ttl ?? 60, data: found.cname });
    name = found.cname.toLowerCase();
  }
  return { answers: [], code: SERVFAIL, secure: false, negativeTtl };
}

function recordsOf(name: string, found: DnsName, type: string): Answer[] {
  const ttl = found.ttl ?? 60;
  switch (type) {
    case 'A':
      return (found.a ?? []).map((data) => ({ name, type: 'A', ttl, data }));
    case 'AAAA':
      return (found.aaaa ?? []).map((data) => ({ name, type: 'AAAA', ttl, data }));
    case 'PTR':
      return (found.ptr ?? []).map((data) => ({ name, type: 'PTR', ttl, data }));
    case 'MX':
      return (found.mx ?? []).map(([preference, exchange]) => ({
        name,
        type: 'MX',
        ttl,
        data: { preference, exchange },
      }));
    case 'TXT':
      return (found.txt ?? []).map((text) => ({
        name,
        type: 'TXT',
        ttl,
        data: text.match(/.{1,255}/gs) ?? [''],
      }));
    case 'SRV':
      return (found.srv ?? []).map(([priority, weight, port, target]) => ({
        name,
        type: 'SRV',
        ttl,
        data: { priority, weight, port, target },
      }));
    case 'TLSA':
      return (found.tlsa ?? []).map((data) => ({ name, type: 'TLSA', ttl, data }));
    default:
      return [];
  }
}

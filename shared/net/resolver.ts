/** Asks recursive name servers (RFC 1035), and says whether they vouch for the answer by DNSSEC (RFC 6840 §5.7, §5.8: the AD bit). */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { promises } from 'node:dns';
import { isIP, connect as netConnect } from 'node:net';
import { domainToASCII } from 'node:url';
import {
  type Answer,
  AUTHENTIC_DATA,
  type CaaData,
  type DecodedPacket,
  decode,
  encode,
  type MxData,
  RECURSION_DESIRED,
  type RecordType,
  type SrvData,
  type TlsaData,
} from 'dns-packet';

/** The first try; each further one waits longer. */
const TRY_MS = 2_000;
const TRIES = 3;
/** One question over all servers and tries; slower than this is a server that does not answer. */
export const QUESTION_MS = 15_000;
/** Fits into any path's packets (DNS flag day 2020); what is larger comes over TCP. */
const UDP_BYTES = 1_232;
const MAX_TCP_BYTES = 65_537;
/** A chain of aliases longer than this is a loop. */
const MAX_ALIASES = 16;
/** A negative answer without an SOA record says nothing of how long it holds (RFC 2308 §5). */
const UNSAID_TTL_S = 60;

/** What a record of each type says; TXT: its strings put together, byte for byte (latin1). */
export interface DnsData {
  A: string;
  AAAA: string;
  CAA: CaaData;
  CNAME: string;
  MX: MxData;
  NS: string;
  PTR: string;
  SRV: SrvData;
  TLSA: TlsaData;
  TXT: string;
}

export interface DnsAnswer<T> {
  /** Of the type asked for, at the end of the aliases. Empty: there is none. */
  readonly records: readonly T[];
  /** False: the name itself does not exist (NXDOMAIN). */
  readonly exists: boolean;
  /** The server checked all of the answer by DNSSEC. Worth as much as the way to the server is safe. */
  readonly authenticated: boolean;
  /** How long the answer holds: the least TTL of what led to it, for "no" that of the SOA (RFC 2308 §5). */
  readonly ttlMs: number;
  /** Where the aliases led; the name itself when there are none. Lower case. */
  readonly canonicalName: string;
}

/** No server gave an answer that could be used: SERVFAIL (what DNSSEC finds bogus included), no reply, nonsense. */
export class NoDnsAnswer extends Error {
  constructor(name: string, cause: unknown) {
    super(`DNS: no answer for ${name}`, { cause });
    this.name = 'NoDnsAnswer';
  }
}

export interface Resolver {
  /** Every server is on this machine, so that nobody can forge what it vouches for. */
  readonly local: boolean;
  /** Throws `NoDnsAnswer`. At most `QUESTION_MS`. */
  ask<T extends keyof DnsData>(name: string, type: T): Promise<DnsAnswer<DnsData[T]>>;
}

interface Server {
  readonly host: string;
  readonly port: number;
}

/** `servers`: `host:port`; none: the system's. */
export function createResolver(servers: readonly string[]): Resolver {
  const named = servers.length > 0 ? servers : systemServers();
  const list = named.map(readServer);
  return {
    local: list.every(({ host }) => host.startsWith('127.') || host === '::1'),
    async ask(name, type) {
      const ascii = asciiName(name);
      if (ascii === null) return notThere(name);
      const deadline = performance.now() + QUESTION_MS;
      let failure: unknown = new Error('there is no name server');
      for (let i = 0; i < TRIES * list.length; i++) {
        const left = deadline - performance.now();
        if (left <= 0) break;
        const timeoutMs = Math.min(left, TRY_MS * (1 + Math.floor(i / list.length)));
        try {
          const packet = await question(list[i % list.length]!, ascii, type, timeoutMs);
          return answerOf(packet, ascii, type);
        } catch (error) {
          failure = error;
          // Asked again at once, a server that answers would say the same.
          if (error instanceof ServerFailure && i >= list.length) break;
        }
      }
      throw new NoDnsAnswer(name, failure);
    },
  };
}

function systemServers(): readonly string[] {
  return new promises.Resolver().getServers();
}

/** `127.0.0.1`, `127.0.0.1:53`, `::1`, `[::1]:53`. */
function readServer(text: string): Server {
  if (isIP(text)) return { host: text, port: 53 };
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** null: no name that the DNS could have. */
function asciiName(name: string): string | null {
  const trimmed = name.replace(/\.$/, '').toLowerCase();
  const ascii = /[^\u0000-\u007f]/.test(trimmed) ? domainToASCII(trimmed) : trimmed;
  const labels = ascii.split('.');
  const fits = ascii.length <= 253 && labels.every((label) => label.length > 0 && label.length <= 63);
  return fits ? ascii : null;
}

function notThere(name: string): DnsAnswer<never> {
  return {
    records: [],
    exists: false,
    authenticated: false,
    ttlMs: UNSAID_TTL_S * 1_000,
    canonicalName: name,
  };
}

/** The server answered, and has no answer. */
class ServerFailure extends Error {}

async function question(
  server: Server,
  name: string,
  type: RecordType,
  timeoutMs: number,
): Promise<DecodedPacket> {
  const id = randomInt(65_536);
  const query = encode({
    type: 'query',
    id,
    // AD in a question asks for AD in the answer, without the signatures themselves.
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ type, name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  const isReply = (packet: DecodedPacket) =>
    packet.id === id &&
    packet.flag_qr &&
    packet.questions?.length === 1 &&
    packet.questions[0]!.type === type &&
    packet.questions[0]!.name.toLowerCase() === name;
  const began = performance.now();
  const short = await overUdp(server, query, isReply, timeoutMs);
  if (!short.flag_tc) return short;
  return overTcp(server, query, isReply, Math.max(500, timeoutMs - (performance.now() - began)));
}

function overUdp(
  server: Server,
  query: Buffer,
  isReply: (packet: DecodedPacket) => boolean,
  timeoutMs: number,
): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    // A socket a question: its port, like the id, is what a forger would have to guess.
    const socket = createSocket(isIP(server.host) === 6 ? 'udp6' : 'udp4');
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error('timed out'))), timeoutMs);
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('message', (bytes) => {
      const packet = decoded(() => decode(bytes));
      if (packet && isReply(packet)) end(() => resolve(packet));
    });
    socket.connect(server.port, server.host, () => socket.send(query));
  });
}

function overTcp(
  server: Server,
  query: Buffer,
  isReply: (packet: DecodedPacket) => boolean,
  timeoutMs: number,
): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({ host: server.host, port: server.port });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error('timed out'))), timeoutMs);
    let pending = Buffer.alloc(0);
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('close', () => end(() => reject(new Error('the name server closed the connection'))));
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      if (pending.length < 2 || pending.length < 2 + pending.readUInt16BE(0)) {
        if (pending.length > MAX_TCP_BYTES) end(() => reject(new Error('more than an answer')));
        return;
      }
      const packet = decoded(() => decode(pending.subarray(2)));
      if (packet && isReply(packet)) end(() => resolve(packet));
      else end(() => reject(new Error('no reply to the question')));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
  });
}

function decoded(read: () => DecodedPacket): DecodedPacket | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function answerOf<T extends keyof DnsData>(
  packet: DecodedPacket,
  name: string,
  type: T,
): DnsAnswer<DnsData[T]> {
  const { rcode } = packet as unknown as { readonly rcode: string };
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') throw new ServerFailure(`the name server says ${rcode}`);
  const answers = packet.answers ?? [];
  let canonicalName = name;
  let ttl = Number.POSITIVE_INFINITY;
  for (let links = 0; type !== 'CNAME'; links++) {
    const alias = answers.find((answer) => answer.type === 'CNAME' && isNamed(answer, canonicalName));
    if (alias?.type !== 'CNAME') break;
    if (links >= MAX_ALIASES) throw new ServerFailure('aliases in a circle');
    canonicalName = alias.data.replace(/\.$/, '').toLowerCase();
    ttl = Math.min(ttl, alias.ttl ?? 0);
  }
  const found = answers.filter((answer) => answer.type === type && isNamed(answer, canonicalName));
  for (const answer of found) ttl = Math.min(ttl, (answer as { ttl?: number }).ttl ?? 0);
  if (found.length === 0) ttl = Math.min(ttl, negativeTtl(packet));
  return {
    records: found.map((answer) => dataOf(answer) as DnsData[T]),
    exists: rcode === 'NOERROR',
    authenticated: packet.flag_ad,
    ttlMs: ttl * 1_000,
    canonicalName,
  };
}

function isNamed(answer: Answer, name: string): boolean {
  return answer.name.replace(/\.$/, '').toLowerCase() === name;
}

function negativeTtl(packet: DecodedPacket): number {
  const soa = (packet.authorities ?? []).find((record) => record.type === 'SOA');
  return soa?.type === 'SOA' ? Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0) : UNSAID_TTL_S;
}

function dataOf(answer: Answer): unknown {
  if (answer.type !== 'TXT') return (answer as { data: unknown }).data;
  const parts = Array.isArray(answer.data) ? answer.data : [answer.data];
  return parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join('');
}

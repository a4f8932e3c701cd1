import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

/** A message as it arrived: dots unstuffed, CRLF line ends kept. */
export interface SinkMessage {
  readonly mail: string;
  readonly rcpts: readonly string[];
  readonly data: Buffer;
  readonly tls: boolean;
  /** The address that it came from. */
  readonly from: string;
  readonly connection: number;
}

/** What a reply function may do instead of replying. */
export type SinkReply = string | 'drop' | 'silence' | undefined;

export interface SinkScript {
  readonly greeting?: SinkReply | ((connection: number) => SinkReply);
  /** EHLO keywords; false: EHLO is unknown. Default: PIPELINING, SIZE, 8BITMIME, ENHANCEDSTATUSCODES. */
  readonly ehlo?: readonly string[] | false;
  /**
   * The reply to a command line, without CRLF (a line feed makes it a multi-line reply as given); undefined: the usual one.
   * 'drop' closes the connection, 'silence' says nothing. For the end of the message the line is `.`.
   */
  readonly reply?: (line: string, connection: number) => SinkReply;
  /** STARTTLS is offered; 'broken': and the handshake fails; PEM: with this chain and key, and not that of all sinks. */
  readonly tls?: boolean | 'broken' | { readonly cert: string; readonly key: string };
}

export interface SinkServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Messages that got their 250. */
  readonly messages: SinkMessage[];
  /** Every command line, `<connection> <line>`. */
  readonly lines: string[];
  /** May be changed between connections and commands. */
  script: SinkScript;
  readonly connections: number;
  /** The address that a connection came from. */
  connectionsFrom(connection: number): string;
  readonly open: number;
  /** Resolves when the condition holds; looks at every command and message. Rejects after 10 s. */
  until(condition: () => boolean): Promise<void>;
  /** Says a line on every open connection: the late answer after a 'silence'. */
  say(line: string): void;
  stop(): Promise<void>;
}

const USUAL = ['PIPELINING', 'SIZE 10485760', '8BITMIME', 'ENHANCEDSTATUSCODES'];

let certificate: Promise<{ cert: string; private: string }> | undefined;

/** A scriptable SMTP server of the tests' own: strict about CRLF, and about nothing else. */
export async function startSink(script: SinkScript = {}, host = '127.0.0.1', port = 0): Promise<SinkServer> {
  certificate ??= generate([{ name: 'commonName', value: 'sink' }], { keyType: 'ec' });
  const pair = await certificate;
  const secureContext = createSecureContext({ cert: pair.cert, key: pair.private });
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  let connections = 0;
  const froms: string[] = [];

  const sink: SinkServer = {
    host,
    port: 0,
    messages: [],
    lines: [],
    script,
    get connections() {
      return connections;
    },
    connectionsFrom: (connection) => froms[connection] ?? '',
    get open() {
      return sockets.size;
    },
    until: (condition) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look);
          reject(new Error(`the sink waited in vain; lines:\n${sink.lines.join('\n')}`));
        }, 10_000);
        const look = () => {
          if (!condition()) return;
          clearTimeout(timer);
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    say(line) {
      for (const socket of sockets) socket.write(`${line}\r\n`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  const changed = () => {
    for (const look of [...watchers]) look();
  };

  const server = createServer({ noDelay: true }, (socket) => {
    const number = ++connections;
    froms[number] = socket.remoteAddress ?? '';
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      changed();
    });
    converse(socket, number);
  });

  function converse(plain: Socket, number: number): void {
    let socket: Socket = plain;
    const from = plain.remoteAddress ?? '';
    let pending: Buffer = Buffer.alloc(0);
    let inData = false;
    let bdatOctets: number | undefined;
    let mail = '';
    let rcpts: string[] = [];
    const say = (reply: SinkReply) => {
      if (reply === 'drop') plain.destroy();
      else if (reply !== 'silence' && reply !== undefined)
        socket.write(`${reply.replaceAll('\n', '\r\n')}\r\n`);
    };
    const take = (chunk: Buffer) => {
      pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
      while (
        !plain.destroyed &&
        (bdatOctets !== undefined ? takeChunk(bdatOctets) : inData ? takeMessage() : takeLine())
      );
    };
    const takeMessage = (): boolean => {
      const empty = pending.indexOf('.\r\n') === 0;
      const end = empty ? -2 : pending.indexOf('\r\n.\r\n');
      if (!empty && end === -1) return false;
      const data = Buffer.from(pending.toString('latin1', 0, end + 2).replace(/^\./gm, ''), 'latin1');
      pending = pending.subarray(end + 5);
      inData = false;
      const reply = sink.script.reply?.('.', number) ?? '250 2.0.0 queued';
      if (reply.startsWith('250'))
        sink.messages.push({ mail, rcpts, data, tls: socket !== plain, connection: number, from });
      sink.lines.push(`${number} .`);
      say(reply);
      changed();
      return true;
    };
    const takeChunk = (octets: number): boolean => {
      if (pending.length < octets) return false;
      const data = Buffer.from(pending.subarray(0, octets));
      pending = pending.subarray(octets);
      bdatOctets = undefined;
      const reply = sink.script.reply?.('.', number) ?? '250 2.0.0 queued';
      if (reply.startsWith('250'))
        sink.messages.push({ mail, rcpts, data, tls: socket !== plain, connection: number, from });
      say(reply);
      changed();
      return true;
    };
    const takeLine = (): boolean => {
      const end = pending.indexOf('\r\n');
      if (end === -1) return false;
      const line = pending.toString('utf8', 0, end);
      pending = pending.subarray(end + 2);
      sink.lines.push(`${number} ${line}`);
      const bdat = /^BDAT (\d+) LAST$/.exec(line);
      if (bdat) {
        bdatOctets = Number(bdat[1]);
        return true;
      }
      const reply = sink.script.reply?.(line, number) ?? usual(line);
      const verb = line.split(' ')[0]!.toUpperCase();
      if (verb === 'MAIL' && reply.startsWith('250')) mail = line.slice(10);
      if (verb === 'MAIL' || verb === 'RSET') rcpts = [];
      if (verb === 'RCPT' && reply.startsWith('25')) rcpts.push(line.slice(8));
      if (verb === 'DATA' && reply.startsWith('354')) inData = true;
      say(reply);
      if (verb === 'STARTTLS' && reply.startsWith('220')) secure();
      if (verb === 'QUIT') socket.end();
      changed();
      return true;
    };
    const usual = (line: string): string => {
      const verb = line.split(' ')[0]!.toUpperCase();
      if (verb === 'EHLO') {
        const { ehlo = USUAL, tls } = sink.script;
        if (ehlo === false) return '502 5.5.1 unknown';
        const keywords = tls && socket === plain ? [...ehlo, 'STARTTLS'] : ehlo;
        return ['sink', ...keywords]
          .map((word, i, all) => `250${i < all.length - 1 ? '-' : ' '}${word}`)
          .join('\n');
      }
      if (verb === 'HELO') return '250 sink';
      if (verb === 'STARTTLS') return '220 go ahead';
      if (verb === 'DATA') return rcpts.length > 0 ? '354 go ahead' : '503 5.5.1 no recipients';
      if (verb === 'QUIT') return '221 bye';
      return '250 2.1.0 ok';
    };
    const secure = () => {
      plain.off('data', take);
      if (sink.script.tls === 'broken') {
        plain.once('data', () => plain.write('this is no TLS at all'));
        return;
      }
      const { tls } = sink.script;
      const shown = typeof tls === 'object' ? createSecureContext(tls) : secureContext;
      socket = new TLSSocket(plain, { isServer: true, secureContext: shown });
      socket.on('data', take);
      socket.on('error', () => plain.destroy());
    };
    plain.on('error', () => {});
    plain.on('data', take);
    const { greeting = '220 sink ESMTP' } = sink.script;
    say(typeof greeting === 'function' ? greeting(number) : greeting);
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  Object.assign(sink, { port: (server.address() as AddressInfo).port });
  return sink;
}

import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { startCluster } from '../../scripts/cluster/cluster.ts';
import { makeAccounts } from '../../scripts/soak/admin-client.ts';
import { peaksOf, resetPeaks } from '../processes.ts';

const HELP = `npm run bench -- pop3 [--messages N] [--rounds N]
  --messages N  of the maildrop (default 100000)
  --rounds N    how often a client visits it (default 5)
`;

const options = {
  messages: { type: 'string', default: '100000' },
  rounds: { type: 'string', default: '5' },
  help: { type: 'boolean', default: false },
} as const;

/** Messages of one APPEND. */
const BATCH = 100;
const BODY = 'a line of the body\r\n'.repeat(150);

/** A client that sends text and waits until what came ends in some way. */
class Client {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #wake = (): void => {};

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#wake();
    });
  }

  /** Sends, and returns what came up to `end`. */
  async ask(text: string, end: RegExp): Promise<Buffer> {
    this.#received = [];
    if (text !== '') this.#socket.write(text);
    for (;;) {
      const tail = Buffer.concat(this.#received.slice(-2)).toString('latin1');
      if (end.test(tail)) return Buffer.concat(this.#received);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function fill(port: number, login: string, password: string, messages: number): Promise<void> {
  const client = new Client(port);
  await client.ask('', /\r\n$/);
  await client.ask(`a LOGIN ${login} "${password}"\r\n`, /a OK .*\r\n$/);
  for (let at = 0; at < messages; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, messages - at) }, (_, index) => {
      const message = `Subject: number ${at + index}\r\nFrom: a@example.test\r\n\r\n${BODY}`;
      return ` {${message.length}+}\r\n${message}`;
    });
    await client.ask(`b APPEND INBOX${batch.join('')}\r\n`, /b OK .*\r\n$/);
  }
  client.close();
}

const STATUS = /^[+-].*\r\n$/;
const LISTING = /\r\n\.\r\n$/;

/** What a client that downloads and keeps does each time; milliseconds. */
async function visit(
  port: number,
  login: string,
  password: string,
  messages: number,
): Promise<Record<string, number>> {
  const client = new Client(port);
  await client.ask('', STATUS);
  const times: Record<string, number> = {};
  const timed = async (name: string, work: () => Promise<Buffer>): Promise<Buffer> => {
    const began = performance.now();
    const answer = await work();
    times[name] = performance.now() - began;
    return answer;
  };
  await timed('log-in', async () => {
    await client.ask(`USER ${login}\r\n`, STATUS);
    return client.ask(`PASS ${password}\r\n`, /^\+OK .*\r\n$/);
  });
  const listing = await timed('UIDL', () => client.ask('UIDL\r\n', LISTING));
  if (listing.toString('latin1').split('\r\n').length !== messages + 3) throw new Error('UIDL is not whole');
  const message = await timed('RETR of one', () => client.ask(`RETR ${messages}\r\n`, LISTING));
  if (!message.includes(`Subject: number ${messages - 1}\r\n`)) throw new Error('another message');
  await client.ask('QUIT\r\n', STATUS);
  client.close();
  return times;
}

/** POP3 on a large maildrop, on a cluster on this machine. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return void process.stdout.write(HELP);
  const [messages, rounds] = [Number(values.messages), Number(values.rounds)];
  await using cluster = await startCluster({ fsync: true });
  const [login = ''] = await makeAccounts(cluster, 'maildrop.test', ['large']);
  const { password } = cluster;
  await fill(cluster.port('imap-gateway', 'imap'), login, password, messages);
  const gateway = [{ name: 'pop3-gateway', pid: cluster.process('pop3-gateway').pid }];
  const store = [{ name: 'mailbox-store', pid: cluster.process('mailbox-store').pid }];
  const parts = [...gateway, ...store];
  resetPeaks(parts);
  const told = (when: string): void => {
    const peaks = [...peaksOf(parts)].map(([name, mib]) => `${name} ${mib.toFixed(0)} MiB`);
    console.log(`${when}: ${peaks.join(', ')}`);
  };
  told('memory before');
  for (let round = 1; round <= rounds; round += 1) {
    const times = await visit(cluster.port('pop3-gateway', 'pop3'), login, password, messages);
    const line = Object.entries(times).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`);
    console.log(`visit ${round} of ${messages} messages: ${line.join(', ')}`);
  }
  told('peak of memory');
}

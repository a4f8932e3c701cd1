import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoAccounts } from '../../../services/demo-accounts.ts';
import { start } from '../../../services/smtp-ingress/service.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import type { Ports, Running } from '../../../shared/runtime/service.ts';
import { openTestPorts, type TestPorts } from '../../ports.ts';
import { Peer } from '../../transcripts/peer.ts';

export const PASSWORD = 'a long enough password';
const ANY_PORT = {
  SMTP_PORT: '0',
  SUBMISSION_PORT: '0',
  SUBMISSIONS_PORT: '0',
  LMTP_PORT: '0',
  MANAGESIEVE_PORT: '0',
};

/** The service on a database of its own, and the means to look into it. */
export class World {
  readonly opened: TestPorts;
  readonly running: Running;
  readonly #directory: string;
  readonly #more: Running[] = [];

  private constructor(opened: TestPorts, running: Running, directory: string) {
    this.opened = opened;
    this.running = running;
    this.#directory = directory;
  }

  static async open(): Promise<World> {
    const directory = mkdtempSync(join(tmpdir(), 'cartero-'));
    const opened = await openTestPorts('pglite', { ...ANY_PORT, DATA_DIR: directory });
    await createDemoAccounts(opened.ports.database, PASSWORD);
    return new World(opened, await start(opened.ports, opened.config), directory);
  }

  /** The service once more, with some ports replaced. */
  async with(ports: Partial<Ports>, config: Partial<TestPorts['config']> = {}): Promise<Running> {
    const running = await start({ ...this.opened.ports, ...ports }, { ...this.opened.config, ...config });
    this.#more.push(running);
    return running;
  }

  async close(): Promise<void> {
    await Promise.all([this.running, ...this.#more].map((running) => running.stop(0)));
    await this.opened.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async stored(emailId: string): Promise<string> {
    const { storage } = this.opened.ports;
    const bytes = await storage.readAll(emailId as EmailId, 0, Number.MAX_SAFE_INTEGER, 128 << 20);
    return bytes.toString('latin1');
  }

  async spooled(emailId: string): Promise<{ local: string[]; remote: string[]; traceparent: string | null }> {
    const { kysely } = this.opened.ports.database;
    const local = await kysely
      .selectFrom('spool_local')
      .selectAll()
      .where('email_id', '=', emailId)
      .execute();
    const remote = await kysely
      .selectFrom('spool_remote')
      .selectAll()
      .where('email_id', '=', emailId)
      .execute();
    return {
      local: local.map((row) => row.forward_path).sort(),
      remote: remote.map((row) => `${row.forward_path} ${row.body} ${row.return_path_bytes}`).sort(),
      traceparent: (local[0] ?? remote[0])?.traceparent ?? null,
    };
  }
}

/** A client that says one thing at a time and hands back the last line of each reply. */
export class Client {
  readonly #peer: Peer;

  private constructor(peer: Peer) {
    this.#peer = peer;
  }

  static async open(running: Running, listener: string, tls?: 'tls'): Promise<Client> {
    const { host, port } = running.addresses[listener]!;
    const client = new Client(new Peer(host, port));
    if (tls) await client.startTls();
    await client.reply();
    return client;
  }

  /** Also when the greeting is a refusal. */
  static async greeted(running: Running, listener: string): Promise<{ client: Client; greeting: string }> {
    const { host, port } = running.addresses[listener]!;
    const client = new Client(new Peer(host, port));
    return { client, greeting: await client.reply() };
  }

  /** One that waits for nothing. */
  static silent(host: string, port: number): Client {
    return new Client(new Peer(host, port));
  }

  /** One line, whether or not more of the reply follows. */
  async line(): Promise<string> {
    return (await this.#peer.line()) ?? '<closed>';
  }

  async reply(): Promise<string> {
    for (;;) {
      const line = await this.#peer.line();
      if (line === undefined) return '<closed>';
      if (line[3] !== '-') return line;
    }
  }

  say(line: string): Promise<string> {
    this.#peer.send(`${line}\r\n`);
    return this.reply();
  }

  /** Up to 354. */
  async envelope(reversePath: string, ...forwardPaths: readonly string[]): Promise<void> {
    await this.say(`MAIL FROM:<${reversePath}>`);
    for (const forwardPath of forwardPaths) await this.say(`RCPT TO:<${forwardPath}>`);
    const said = await this.say('DATA');
    if (!said.startsWith('354')) throw new Error(`DATA: ${said}`);
  }

  /** The message as it stands, dots already stuffed, CRLF at its end; the reply to its end. */
  message(text: string): Promise<string> {
    this.#peer.send(`${text}.\r\n`);
    return this.reply();
  }

  send(text: string): void {
    this.#peer.send(text);
  }

  startTls(): Promise<void> {
    return this.#peer.startTls();
  }

  close(): void {
    this.#peer.close();
  }
}

export function queuedAs(said: string): string {
  const found = /^250 2\.0\.0 Ok: queued as ([0-9a-f]{32})$/.exec(said);
  if (!found) throw new Error(`not accepted: ${said}`);
  return found[1]!;
}

export function plain(address: string, password = PASSWORD): string {
  return `AUTH PLAIN ${Buffer.from(`\0${address}\0${password}`).toString('base64')}`;
}

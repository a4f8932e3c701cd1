import { ImapFlow } from 'imapflow';
import { missingProgram, runProgram } from './program.ts';
import type { Security } from './senders.ts';
import { PASSWORD, type System } from './system.ts';

export interface Visit {
  readonly login: string;
  readonly security: Security;
  /** Remove what was read. */
  readonly delete: boolean;
  /** Ids that need not be read again: download and keep. */
  readonly known?: readonly string[];
}

export interface Found {
  /** Unique-id (POP3) or uid (IMAP). */
  readonly id: string;
  readonly message: Buffer;
}

export interface Reader {
  readonly name: string;
  readonly protocol: 'pop3' | 'imap';
  readonly missing: () => string | false;
  /** All messages of INBOX, oldest first, but the known ones. */
  read(system: System, visit: Visit): Promise<Found[]>;
}

const port = ({ ports }: System, protocol: 'pop3' | 'imap', security: Security): number =>
  ports[security === 'tls' ? (`${protocol}s` as const) : protocol];

function pythonReader(name: string, protocol: 'pop3' | 'imap', script: string): Reader {
  return {
    name,
    protocol,
    missing: () => missingProgram('python3'),
    read: async (system, { known = [], ...visit }) => {
      const order = { ...visit, known, password: PASSWORD, port: port(system, protocol, visit.security) };
      const path = new URL(`python/${script}`, import.meta.url).pathname;
      const found = JSON.parse(
        (await runProgram('python3', [path], { input: JSON.stringify(order) })).toString(),
      );
      return found.map(({ id, message }: { id: string; message: string }) => ({
        id,
        message: Buffer.from(message, 'base64'),
      }));
    },
  };
}

function curl(
  system: System,
  protocol: 'pop3' | 'imap',
  visit: Visit,
  path: string,
  ...more: string[]
): Promise<Buffer> {
  const { login, security } = visit;
  const scheme = security === 'tls' ? `${protocol}s` : protocol;
  return runProgram('curl', [
    ...['--silent', '--show-error', '--insecure', '--max-time', '30', '--user', `${login}:${PASSWORD}`],
    ...(security === 'starttls' ? ['--ssl-reqd'] : []),
    ...['--url', `${scheme}://127.0.0.1:${port(system, protocol, security)}/${path}`, ...more],
  ]);
}

const words = (line: string): string[] => line.trim().split(/\s+/);
const lines = (text: Buffer): string[] =>
  text
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== '');

/** One log-in a command, as curl works. */
const curlPop3: Reader = {
  name: 'curl',
  protocol: 'pop3',
  missing: () => missingProgram('curl'),
  read: async (system, visit) => {
    const found: Found[] = [];
    const numbers: string[] = [];
    for (const line of lines(await curl(system, 'pop3', visit, '', '--request', 'UIDL'))) {
      const [number = '', id = ''] = words(line);
      if (visit.known?.includes(id)) continue;
      found.push({ id, message: await curl(system, 'pop3', visit, number) });
      numbers.unshift(number);
    }
    // The highest number first: each log-in counts anew.
    for (const number of visit.delete ? numbers : []) {
      await curl(system, 'pop3', visit, number, '--request', 'DELE', '--head');
    }
    return found;
  },
};

const curlImap: Reader = {
  name: 'curl',
  protocol: 'imap',
  missing: () => missingProgram('curl'),
  read: async (system, visit) => {
    const uids = words(
      (await curl(system, 'imap', visit, 'INBOX', '--request', 'UID SEARCH ALL')).toString(),
    ).slice(2);
    const found: Found[] = [];
    for (const id of uids) found.push({ id, message: await curl(system, 'imap', visit, `INBOX;UID=${id}`) });
    if (!visit.delete || uids.length === 0) return found;
    await curl(
      system,
      'imap',
      visit,
      'INBOX',
      '--request',
      `UID STORE ${uids.join(',')} +FLAGS.SILENT (\\Deleted)`,
    );
    await curl(system, 'imap', visit, 'INBOX', '--request', 'EXPUNGE');
    return found;
  },
};

const imapflow: Reader = {
  name: 'imapflow',
  protocol: 'imap',
  missing: () => false,
  read: async (system, { login, security, delete: remove }) => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: port(system, 'imap', security),
      secure: security === 'tls',
      doSTARTTLS: security === 'starttls',
      tls: { rejectUnauthorized: false },
      auth: { user: login, pass: PASSWORD },
      logger: false,
    });
    await client.connect();
    const lock = await client.getMailboxLock('INBOX');
    try {
      const found: Found[] = [];
      for await (const { uid, source, size } of client.fetch('1:*', { source: true, size: true })) {
        if (source === undefined || source.length !== size)
          throw new Error(`${source?.length} octets of ${size}`);
        found.push({ id: String(uid), message: source });
      }
      if (remove && found.length > 0) await client.messageDelete('1:*');
      return found;
    } finally {
      lock.release();
      await client.logout();
    }
  },
};

export const POP3_READERS: readonly Reader[] = [pythonReader('poplib', 'pop3', 'pop3_read.py'), curlPop3];
export const IMAP_READERS: readonly Reader[] = [
  pythonReader('imaplib', 'imap', 'imap_read.py'),
  curlImap,
  imapflow,
];
export const READERS: readonly Reader[] = [...POP3_READERS, ...IMAP_READERS];

const ARRIVAL_MS = 30_000;
const PAUSE_MS = 100;

/** Reads again and again until `count` messages are there: delivery follows acceptance at its own pace. */
export async function awaitMail(reader: Reader, system: System, visit: Visit, count = 1): Promise<Found[]> {
  const deadline = Date.now() + ARRIVAL_MS;
  for (;;) {
    const found = await reader.read(system, { ...visit, delete: false });
    if (found.length >= count) return visit.delete ? reader.read(system, visit) : found;
    if (Date.now() > deadline) throw new Error(`${found.length} of ${count} messages for ${visit.login}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, LedgerEntry } from '../soak/ledger.ts';
import { ConnectionLost, openLineSocket } from '../soak/line-socket.ts';
import { dotStuffed, openSmtp, Refused, type SmtpClient } from '../soak/smtp-client.ts';
import { pick, type Random } from './random.ts';

export interface Senders {
  /** Of the message: end of data sent, and no answer heard; each may be a copy of its own. */
  readonly unanswered: ReadonlyMap<string, number>;
  /** Of the message: end of data answered with 4xx. When a commit's outcome is unknown to the server, too, it may be there. */
  readonly putOff: ReadonlyMap<string, number>;
  readonly setbacks: ReadonlyMap<string, number>;
  readonly resets: ReadonlyMap<string, number>;
  /** The longest time between two 250s since the last call, milliseconds. */
  longestPause(): number;
  stop(): Promise<void>;
}

export interface SendersOptions {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly connections: number;
  /** Messages a second, all connections together. */
  readonly rate: number;
  readonly port: () => number;
  readonly reversePath: string;
  readonly login?: { readonly address: string; readonly password: string };
  readonly recipients: () => readonly string[];
}

const RETRY_MS = 300;
/** As a real sender does: a message without an answer is sent again, so that it is not lost. */
const RESEND_SHARE = 0.5;
const REPLY_TIMEOUT_MS = 30_000;

/** The steps of a transaction at which a rude client goes away. After the last one it does not know what became of its mail. */
const STEPS = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'half the data', 'the final dot'] as const;

export function startSenders(options: SendersOptions): Senders {
  const { ledger, random } = options;
  const unanswered = new Map<string, number>();
  const putOff = new Map<string, number>();
  const setbacks = new Map<string, number>();
  const resets = new Map<string, number>();
  let stopped = false;
  let lastAccepted = Date.now();
  let pause = 0;
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

  function accepted(entry: LedgerEntry): void {
    entry.accepted = true;
    pause = Math.max(pause, Date.now() - lastAccepted);
    lastAccepted = Date.now();
  }

  async function work(): Promise<void> {
    let client: SmtpClient | undefined;
    let again: ReturnType<Ledger['make']> | undefined;
    while (!stopped) {
      const begun = Date.now();
      const mail = again ?? ledger.make(options.recipients(), options.reversePath);
      again = undefined;
      try {
        client ??= await openSmtp(options.port(), options.login);
        await client.send(mail, () => count(unanswered, mail.entry.messageId));
        unanswered.set(mail.entry.messageId, (unanswered.get(mail.entry.messageId) ?? 1) - 1);
        accepted(mail.entry);
      } catch (error) {
        const refused = error instanceof Refused;
        if (!refused && !(error instanceof ConnectionLost)) throw error;
        if (refused && error.command === 'end of data') {
          count(putOff, mail.entry.messageId);
          unanswered.set(mail.entry.messageId, (unanswered.get(mail.entry.messageId) ?? 1) - 1);
        }
        count(setbacks, refused ? `${error.command.split(':')[0]}: ${error.reply.code}` : 'connection lost');
        if (!refused || error.reply.code === 421) {
          client?.destroy();
          client = undefined;
        }
        if (refused || random() < RESEND_SHARE) again = mail;
        await sleep(RETRY_MS * (0.5 + Math.random()));
      }
      await sleep(Math.max(0, (options.connections * 1_000) / options.rate - (Date.now() - begun)));
    }
    await client?.quit();
  }

  async function rude(): Promise<void> {
    while (!stopped) {
      await sleep(200);
      const step = pick(random, STEPS);
      const mail = ledger.make(options.recipients(), options.reversePath);
      try {
        await resetAt(step, options.port(), mail, () => count(unanswered, mail.entry.messageId));
        count(resets, step);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  }

  const workers = Array.from({ length: options.connections }, work);
  if (!options.login) workers.push(rude());
  const all = Promise.all(workers);
  all.catch(() => {});

  return {
    unanswered,
    putOff,
    setbacks,
    resets,
    longestPause() {
      const longest = Math.max(pause, Date.now() - lastAccepted);
      pause = 0;
      return longest;
    },
    async stop() {
      stopped = true;
      await all;
    },
  };
}

async function resetAt(
  step: (typeof STEPS)[number],
  port: number,
  mail: ReturnType<Ledger['make']>,
  dotSent: () => void,
): Promise<void> {
  const socket = await openLineSocket(port, REPLY_TIMEOUT_MS);
  try {
    const bytes = dotStuffed(mail.bytes);
    const dialogue: [(typeof STEPS)[number], string | Buffer][] = [
      ['EHLO', 'EHLO rude.test\r\n'],
      ['MAIL', `MAIL FROM:<${mail.reversePath}> BODY=8BITMIME\r\n`],
      ['RCPT', `RCPT TO:<${mail.forwardPaths[0]}>\r\n`],
      ['DATA', 'DATA\r\n'],
    ];
    await reply(socket);
    if (step === 'greeting') return;
    for (const [name, line] of dialogue) {
      socket.write(line);
      if (!/^[23]/.test(await reply(socket)) || step === name) return;
    }
    socket.write(bytes.subarray(0, bytes.length / 2));
    if (step === 'half the data') return;
    dotSent();
    socket.write(bytes.subarray(bytes.length / 2));
    // Now and then long enough for the mail to get in, now and then not.
    await sleep(Math.random() * 20);
  } finally {
    socket.reset();
  }
}

async function reply(socket: Awaited<ReturnType<typeof openLineSocket>>): Promise<string> {
  for (;;) {
    const line = await socket.line();
    if (line[3] !== '-') return line;
  }
}

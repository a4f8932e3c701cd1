import { type LineSocket, openLineSocket } from './line-socket.ts';

export interface SmtpReply {
  readonly code: number;
  readonly text: string;
}

/** The server said no; the connection is still good. */
export class Refused extends Error {
  readonly reply: SmtpReply;
  readonly command: string;
  constructor(command: string, reply: SmtpReply) {
    super(`${command}: ${reply.code} ${reply.text}`);
    this.reply = reply;
    this.command = command;
  }
}

export interface Mail {
  readonly reversePath: string;
  readonly forwardPaths: readonly string[];
  readonly bytes: Buffer;
}

/** Larger than any pause a take-over makes. */
const REPLY_TIMEOUT_MS = 30_000;

export interface SmtpClient {
  /** Resolves with the reply to the end of data: from then on the server answers for the mail. `dotSent`: it may have it already. */
  send(mail: Mail, dotSent?: () => void): Promise<SmtpReply>;
  quit(): Promise<void>;
  destroy(): void;
}

export async function openSmtp(
  port: number,
  login?: { readonly address: string; readonly password: string },
): Promise<SmtpClient> {
  const socket = await openLineSocket(port, REPLY_TIMEOUT_MS);
  try {
    await expect(socket, 'greeting', 2);
    await command(socket, 'EHLO load.test', 2);
    if (login) {
      const plain = Buffer.from(`\0${login.address}\0${login.password}`).toString('base64');
      await command(socket, `AUTH PLAIN ${plain}`, 2);
    }
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    async send(mail, dotSent) {
      try {
        return await transaction(socket, mail, dotSent);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await command(socket, 'RSET', 2);
        throw error;
      }
    },
    async quit() {
      await command(socket, 'QUIT', 2).catch(() => {});
      socket.destroy();
    },
    destroy: () => socket.destroy(),
  };
}

async function transaction(socket: LineSocket, mail: Mail, dotSent?: () => void): Promise<SmtpReply> {
  // One write for the envelope (RFC 2920): all replies are read even when the first is a refusal.
  const recipients = mail.forwardPaths.map((path) => `RCPT TO:<${path}>`);
  const commands = [`MAIL FROM:<${mail.reversePath}> BODY=8BITMIME`, ...recipients];
  socket.write(`${commands.join('\r\n')}\r\n`);
  let refused: Refused | undefined;
  for (const sent of commands) {
    const reply = await readReply(socket);
    if (reply.code >= 300) refused ??= new Refused(sent, reply);
  }
  if (refused) throw refused;
  await command(socket, 'DATA', 3);
  dotSent?.();
  socket.write(dotStuffed(mail.bytes));
  return expect(socket, 'end of data', 2);
}

async function command(socket: LineSocket, line: string, firstDigit: number): Promise<SmtpReply> {
  socket.write(`${line}\r\n`);
  return expect(socket, line.split(' ')[0] ?? line, firstDigit);
}

async function expect(socket: LineSocket, what: string, firstDigit: number): Promise<SmtpReply> {
  const reply = await readReply(socket);
  if (Math.floor(reply.code / 100) !== firstDigit) throw new Refused(what, reply);
  return reply;
}

async function readReply(socket: LineSocket): Promise<SmtpReply> {
  const texts: string[] = [];
  for (;;) {
    const line = await socket.line();
    texts.push(line.slice(4));
    if (line[3] !== '-') return { code: Number(line.slice(0, 3)), text: texts.join(' ') };
  }
}

/** RFC 5321 §4.5.2; `bytes` ends with CRLF. */
export function dotStuffed(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const stuffed = (text.startsWith('.') ? `.${text}` : text).replaceAll('\r\n.', '\r\n..');
  return Buffer.from(`${stuffed}.\r\n`, 'latin1');
}

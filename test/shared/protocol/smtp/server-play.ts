import { LoginMechanism } from '../../../../shared/protocol/sasl/login.ts';
import type { SaslCredentials, SaslMechanism } from '../../../../shared/protocol/sasl/mechanism.ts';
import { PlainMechanism } from '../../../../shared/protocol/sasl/plain.ts';
import { SmtpServer } from '../../../../shared/protocol/smtp/server.ts';
import type { ServerEvent, ServerOptions } from '../../../../shared/protocol/smtp/server-events.ts';
import { reply, type ServerReply } from '../../../../shared/protocol/smtp/server-reply.ts';

const MECHANISMS: Readonly<Record<string, () => SaslMechanism>> = {
  PLAIN: () => new PlainMechanism(),
  LOGIN: () => new LoginMechanism(),
};

export const OPTIONS: ServerOptions = {
  hostname: 'mx.test',
  protocol: 'smtp',
  maxMessageBytes: 100_000,
  maxRecipients: 3,
  startTls: true,
  secure: false,
  auth: 'always',
  sasl: () => ({ names: ['PLAIN', 'LOGIN'], create: (name) => MECHANISMS[name.toUpperCase()]?.() }),
};

export const NO_SUCH_USER = reply(550, '5.1.1', 'No such mailbox');

/** What a client saw and a session was told. */
export interface Played {
  /** All replies, the greeting left out. */
  readonly said: string;
  /** Codes of the final lines of all replies but the greeting. */
  readonly codes: number[];
  readonly events: string[];
  readonly messages: string[];
  readonly engine: SmtpServer;
}

/** Plays the client's octets to an engine; its session takes all but `nobody@…`, and the password `secret`. */
export function play(
  pieces: readonly Uint8Array[],
  options: Partial<ServerOptions> = {},
  answer: (event: ServerEvent, engine: SmtpServer) => boolean = () => false,
): Played {
  const engine = new SmtpServer({ ...OPTIONS, ...options });
  engine.takeOutput();
  const said: Uint8Array[] = [];
  const events: string[] = [];
  const messages: string[] = [];
  let message: Uint8Array[] = [];
  for (const piece of pieces) {
    engine.receive(piece);
    for (;;) {
      const event = engine.next();
      said.push(...engine.takeOutput());
      if (event === 'need-data') break;
      if (event === 'paused') throw new Error('the engine waits for an answer that was given');
      if (event.type === 'data') message.push(event.chunk);
      else if (event.type !== 'data-start') events.push(describe(event));
      if (event.type === 'data-end') messages.push(Buffer.concat(message).toString('latin1'));
      if (event.type === 'data-end' || event.type === 'data-refused') message = [];
      if (!answer(event, engine)) answerUsually(event, engine);
      said.push(...engine.takeOutput());
    }
  }
  const text = Buffer.concat(said).toString('latin1');
  const codes = [...text.matchAll(/^(\d{3})(?: .*)?\r\n/gm)].map((found) => Number(found[1]));
  return { said: text, codes, events, messages, engine };
}

function answerUsually(event: ServerEvent, engine: SmtpServer): void {
  if (event.type === 'rcpt' && event.forwardPath.startsWith('nobody@')) engine.refuse(NO_SUCH_USER);
  else if (event.type === 'auth')
    engine.answerAuth({ kind: 'verdict', accepted: isSecret(event.credentials) });
  else if (event.type === 'start-tls') engine.tlsStarted();
  else if (event.type === 'xclient')
    engine.startAnew({ auth: 'always', clientDomain: event.attributes.helo ?? '', authenticated: false });
  else if (['mail', 'rcpt', 'data-start', 'data-end'].includes(event.type)) engine.accept();
}

const isSecret = (credentials: SaslCredentials): boolean =>
  credentials.kind === 'password' && credentials.password === 'secret';

function describe(event: ServerEvent): string {
  switch (event.type) {
    case 'mail':
      return `mail <${event.reversePath}>${event.size ? ` size=${event.size}` : ''}${event.body === '7bit' ? '' : ` ${event.body}`}`;
    case 'rcpt':
      return `rcpt <${event.forwardPath}>`;
    case 'auth':
      return `auth ${event.credentials.authenticationId}/${event.credentials.authorizationId}`;
    case 'data-end':
      return `data-end ${event.size}${event.eightBit ? ' 8bit' : ''}${event.binary ? ' binary' : ''}`;
    default:
      return event.type;
  }
}

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function lines(...all: readonly string[]): Buffer {
  return bytes(all.map((line) => `${line}\r\n`).join(''));
}

export type { ServerReply };

import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import type { System } from '../clients/system.ts';
import { PASSWORD } from '../clients/system.ts';

/** The same mailbox by IMAP, with a client that is not ours: what the browser shows and does is compared with it. */
export async function imap(system: System, address: string, password = PASSWORD): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: system.ports.imap,
    secure: false,
    auth: { user: address, pass: password },
    tls: { rejectUnauthorized: false },
    logger: false,
  });
  await client.connect();
  return client;
}

export interface Letter {
  readonly subject: string;
  readonly from?: string;
  readonly to?: string;
  /** Everything from Content-Type on, with LF; text/plain unless it begins with a field. */
  readonly content?: string;
  readonly headers?: string;
  readonly flags?: string[];
  readonly date?: Date;
}

let sequence = 0;

export function letter({
  subject,
  from = 'Ana García <ana@correo.example>',
  to = 'alice@example.test',
  ...more
}: Letter): string {
  const { content = 'Hello.\n', headers = '', date = new Date() } = more;
  const body = /^Content-/i.test(content) ? content : `Content-Type: text/plain; charset=utf-8\n\n${content}`;
  const id = `${Date.now()}.${++sequence}@browser.test`;
  return `From: ${from}\nTo: ${to}\nSubject: ${subject}\nDate: ${date.toUTCString()}\nMessage-ID: <${id}>\n${headers}MIME-Version: 1.0\n${body}`.replace(
    /\r?\n/g,
    '\r\n',
  );
}

export async function store(client: ImapFlow, mailbox: string, ...letters: readonly Letter[]): Promise<void> {
  for (const one of letters)
    await client.append(mailbox, Buffer.from(letter(one)), one.flags ?? [], one.date ?? new Date());
}

/** Subjects of what a mailbox holds, in its order. */
export async function subjects(client: ImapFlow, mailbox: string): Promise<string[]> {
  const lock = await client.getMailboxLock(mailbox);
  try {
    // What came since it was selected is told on the next command.
    await client.noop();
    const found: string[] = [];
    for await (const { envelope } of client.fetch('1:*', { envelope: true }))
      found.push(envelope?.subject ?? '');
    return found;
  } catch (error) {
    // imapflow asks for 1:* also where there is nothing.
    if ((error as { responseText?: string }).responseText) return [];
    throw error;
  } finally {
    lock.release();
  }
}

/** From another server, as it comes over SMTP. */
export async function sendFromOutside(system: System, to: string, raw: string): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: system.ports.smtp,
    ignoreTLS: true,
    name: 'sender.example',
  });
  await transport.sendMail({ envelope: { from: 'ana@correo.example', to: [to] }, raw });
  transport.close();
}

const LOOKS = 200;

/** Waits until `look` finds something; a tenth of a second between looks. */
export async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let at = 0; at < LOOKS; at++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${LOOKS / 10} s`);
}

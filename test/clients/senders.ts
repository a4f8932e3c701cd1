import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { temporaryDirectory } from '../../scripts/servers.ts';
import { missingProgram, runProgram } from './program.ts';
import { PASSWORD } from './system.ts';

export type Security = 'none' | 'starttls' | 'tls';

export interface Order {
  readonly port: number;
  readonly security: Security;
  /** Logs in under this address; undefined: no AUTH. */
  readonly login?: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly message: Buffer;
}

export interface Sender {
  readonly name: string;
  readonly missing: () => string | false;
  /** Rejects when the server refuses. */
  send(order: Order): Promise<unknown>;
}

const python = (script: string): string => new URL(`python/${script}`, import.meta.url).pathname;

const smtplib: Sender = {
  name: 'smtplib',
  missing: () => missingProgram('python3'),
  send: ({ message, ...order }) => {
    const input = JSON.stringify({ ...order, password: PASSWORD, message: message.toString('base64') });
    return runProgram('python3', [python('smtp_send.py')], { input });
  },
};

const curl: Sender = {
  name: 'curl',
  missing: () => missingProgram('curl'),
  send: ({ port, security, login, from, to, message }) =>
    runProgram(
      'curl',
      [
        ...['--silent', '--show-error', '--insecure', '--max-time', '30'],
        ...['--url', `${security === 'tls' ? 'smtps' : 'smtp'}://127.0.0.1:${port}/client.test`],
        ...(security === 'starttls' ? ['--ssl-reqd'] : []),
        ...(login === undefined ? [] : ['--user', `${login}:${PASSWORD}`]),
        ...['--mail-from', from, ...to.flatMap((address) => ['--mail-rcpt', address])],
        ...['--upload-file', '-'],
      ],
      { input: message },
    ),
};

const SWAKS_TLS: Readonly<Record<Security, readonly string[]>> = {
  none: [],
  starttls: ['--tls'],
  tls: ['--tls-on-connect'],
};

const swaks: Sender = {
  name: 'swaks',
  missing: () => missingProgram('swaks'),
  send: async ({ port, security, login, from, to, message }) => {
    const directory = temporaryDirectory('swaks');
    const file = join(directory.path, 'message');
    // swaks ends the last line itself.
    await writeFile(file, message.subarray(0, message.length - '\r\n'.length));
    const args = [
      ...['--server', '127.0.0.1', '--port', String(port), '--helo', 'client.test', '--timeout', '30'],
      ...SWAKS_TLS[security],
      ...(login === undefined ? [] : ['--auth', 'PLAIN', '--auth-user', login, '--auth-password', PASSWORD]),
      ...['--from', from, '--to', to.join(','), '--data', `@${file}`],
    ];
    return runProgram('swaks', args).finally(() => directory.remove());
  },
};

const nodemailer: Sender = {
  name: 'nodemailer',
  missing: () => false,
  send: async ({ port, security, login, from, to, message }) => {
    const transport = createTransport({
      host: '127.0.0.1',
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      tls: { rejectUnauthorized: false },
      auth: login === undefined ? undefined : { user: login, pass: PASSWORD },
    });
    await transport.sendMail({ envelope: { from, to: [...to] }, raw: message });
    transport.close();
  },
};

export const SENDERS: readonly Sender[] = [smtplib, curl, swaks, nodemailer];

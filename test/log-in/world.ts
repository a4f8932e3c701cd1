import { temporaryDirectory } from '../../scripts/servers.ts';
import { start as startImapGateway } from '../../services/imap-gateway/service.ts';
import { start as startMailboxStore } from '../../services/mailbox-store/service.ts';
import { start as startPop3Gateway } from '../../services/pop3-gateway/service.ts';
import { start as startSmtpIngress } from '../../services/smtp-ingress/service.ts';
import { createAccount } from '../../shared/account/create-account.ts';
import { createDomain } from '../../shared/account/create-domain.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Ports, Running } from '../../shared/runtime/service.ts';
import { openTestPorts } from '../ports.ts';
import { Peer } from '../transcripts/peer.ts';

export const PASSWORD = 'a long enough password';

export type Door =
  | 'submission'
  | 'submissions'
  | 'imap'
  | 'imaps'
  | 'pop3'
  | 'pop3s'
  | 'smtp'
  | 'managesieve';

const ANY_PORT = Object.fromEntries(
  ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP', 'IMAP', 'IMAPS', 'POP3', 'POP3S', 'MANAGESIEVE'].map(
    (name) => [`${name}_PORT`, '0'],
  ),
);

/** Everything one can log in to, on one embedded database, with alice, bob and carol of example.test. */
export interface LogInWorld {
  readonly ports: Ports;
  readonly config: Config;
  port(door: Door): number;
  connect(door: Door): Peer;
  stop(): Promise<void>;
}

export async function openLogInWorld(settings: Readonly<Record<string, string>> = {}): Promise<LogInWorld> {
  const directory = temporaryDirectory('log-in');
  const opened = await openTestPorts('pglite', { DATA_DIR: directory.path, ...ANY_PORT, ...settings });
  const { ports, config } = opened;
  await createDomain(ports.database, 'example.test');
  for (const name of ['alice', 'bob', 'carol']) {
    await createAccount(ports.database, { address: `${name}@example.test`, password: PASSWORD });
  }
  const running: Running[] = [];
  const stop = async (): Promise<void> => {
    for (const one of running.reverse()) await one.stop(0);
    await opened.close();
    directory.remove();
  };
  try {
    for (const start of [startMailboxStore, startSmtpIngress, startImapGateway, startPop3Gateway]) {
      running.push(await start(ports, config));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const addresses = Object.assign({}, ...running.map((one) => one.addresses)) as Running['addresses'];
  const port = (door: Door): number => addresses[door]!.port;
  return {
    ports,
    config,
    port,
    connect: (door) => new Peer('127.0.0.1', port(door)),
    stop,
  };
}

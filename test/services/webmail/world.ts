import { start as startImapGateway } from '../../../services/imap-gateway/service.ts';
import { start as startMailboxStore } from '../../../services/mailbox-store/service.ts';
import { start as startWebmail } from '../../../services/webmail/service.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import { isRefusal } from '../../../shared/mailbox/operations.ts';
import type { FlagSet } from '../../../shared/mailbox/types.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports, Running } from '../../../shared/runtime/service.ts';
import { openTestPorts } from '../../ports.ts';
import { ImapClient } from '../imap-gateway/imap-client.ts';
import { JmapClient } from './jmap-client.ts';

export const PASSWORD = 'open-sesame-open';
export const DOMAIN = 'example.test';

/** A webmail and an IMAP gateway over one embedded database, bus and mailbox store. */
export interface World {
  readonly ports: Ports;
  readonly config: Config;
  readonly origin: string;
  readonly webmail: Running;
  /** A new account; resolves to its address. */
  account(name?: string): Promise<string>;
  accountId(address: string): Promise<string>;
  /** Puts a message into a mailbox; resolves to its EmailId. */
  add(
    address: string,
    message: string | Buffer,
    options?: { mailbox?: string; flags?: FlagSet; internalDate?: number },
  ): Promise<string>;
  /** A JMAP client of that account. */
  jmap(address: string): Promise<JmapClient>;
  imap(address: string): Promise<ImapClient>;
  stop(): Promise<void>;
}

export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const { ports, config, close } = await openTestPorts('pglite', {
    IMAP_PORT: '0',
    IMAPS_PORT: '0',
    HTTP_PORT: '0',
    HTTPS_PORT: '0',
    ...settings,
  });
  const running: Running[] = [];
  const stop = async (): Promise<void> => {
    for (const one of running.reverse()) await one.stop(0);
    await close();
  };
  try {
    await createDomain(ports.database, DOMAIN);
    for (const start of [startMailboxStore, startImapGateway, startWebmail])
      running.push(await start(ports, config));
  } catch (error) {
    await stop();
    throw error;
  }
  const [, imap, webmail] = running as [Running, Running, Running];
  const origin = `http://127.0.0.1:${webmail.addresses.http!.port}`;
  let accounts = 0;
  const world: World = {
    ports,
    config,
    origin,
    webmail,
    async account(name = `reader${++accounts}`) {
      const address = `${name}@${DOMAIN}`;
      const made = await createAccount(ports.database, { address, password: PASSWORD });
      if ('refused' in made) throw new Error(made.text);
      return address;
    },
    async accountId(address) {
      return (await ports.accounts.find(address))!.accountId;
    },
    async add(address, message, options = {}) {
      const writer = ports.storage.create();
      await writer.write(typeof message === 'string' ? Buffer.from(message, 'latin1') : message);
      const staged = await writer.finish();
      await ports.storage.commit(staged);
      const { emailId, size } = staged;
      const account = await world.accountId(address);
      const { mailbox: name = 'INBOX', flags = { system: 0, keywords: [] } } = options;
      const internalDate = options.internalDate ?? Date.UTC(2026, 1, 3, 4, 5, 6);
      const messages = [{ emailId, size, internalDate, flags }];
      const reply = await ports.mailboxes.ask('append', { account, requestId: emailId, name, messages });
      if (isRefusal(reply)) throw new Error(reply.text);
      return emailId;
    },
    async jmap(address) {
      return new JmapClient(origin, address, PASSWORD, await world.accountId(address));
    },
    async imap(address) {
      const client = await ImapClient.connect(imap.addresses.imap!.port);
      await client.ok(`LOGIN ${address} "${PASSWORD}"`);
      return client;
    },
    stop,
  };
  return world;
}

import { start as startImapGateway } from '../../../services/imap-gateway/service.ts';
import { start as startMailboxStore } from '../../../services/mailbox-store/service.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import {
  isRefusal,
  type MailboxClient,
  type MailboxRefusal,
  type MailboxVerb,
} from '../../../shared/mailbox/operations.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Ports, Running } from '../../../shared/runtime/service.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { openTestPorts } from '../../ports.ts';
import { ImapClient } from './imap-client.ts';

export const PASSWORD = 'open-sesame';
const DOMAIN = 'example.test';

/** Two gateways over one embedded database, bus and mailbox store. */
export interface World {
  readonly ports: Ports;
  readonly config: Config;
  readonly gateways: readonly [Running, Running];
  /** Called before each request of a gateway to an actor; may throw `MailboxUnavailable`, or refuse. */
  before: (verb: MailboxVerb) => MailboxRefusal | undefined;
  /** Verbs that the gateways asked. */
  readonly asked: MailboxVerb[];
  /** What the gateways read large messages with. */
  read: MessageStorage['read'];
  /** A new account; resolves to its address. */
  account(...messages: (string | Buffer)[]): Promise<string>;
  accountId(address: string): Promise<string>;
  add(address: string, message: string | Buffer, mailbox?: string): Promise<void>;
  connect(gateway?: 0 | 1): Promise<ImapClient>;
  logIn(address: string, gateway?: 0 | 1): Promise<ImapClient>;
  stop(): Promise<void>;
}

export async function openWorld(
  changes: Partial<Config> = {},
  kind: 'pglite' | 'postgres' = 'pglite',
): Promise<World> {
  const { ports, config, close } = await openTestPorts(kind, { IMAP_PORT: '0', IMAPS_PORT: '0' });
  const closing = async (error: unknown): Promise<never> => {
    await close();
    throw error;
  };
  await createDomain(ports.database, DOMAIN);
  const store = await startMailboxStore(ports, config).catch(closing);
  const asked: MailboxVerb[] = [];
  const mailboxes: MailboxClient = {
    ask: async (verb, request) => {
      asked.push(verb);
      return world.before(verb) ?? ports.mailboxes.ask(verb, request);
    },
    watch: (account, listener) => ports.mailboxes.watch(account, listener),
  };
  const storage = Object.assign(Object.create(ports.storage) as MessageStorage, {
    read: (emailId: string, start: number, end: number) => world.read(emailId, start, end),
  });
  const startGateway = (replicaName: string): Promise<Running> =>
    startImapGateway({ ...ports, mailboxes, storage }, { ...config, ...changes, replicaName });
  const gateways = [await startGateway('imap-a'), await startGateway('imap-b')] as const;
  let accounts = 0;

  const world: World = {
    ports,
    config,
    gateways,
    before: () => undefined,
    asked,
    read: (emailId, start, end) => ports.storage.read(emailId, start, end),
    async account(...messages) {
      const address = `reader${++accounts}@${DOMAIN}`;
      await createAccount(ports.database, { address, password: PASSWORD });
      for (const message of messages) await world.add(address, message);
      return address;
    },
    async accountId(address) {
      return (await ports.accounts.find(address))!.accountId;
    },
    async add(address, message, name = 'INBOX') {
      const writer = ports.storage.create();
      await writer.write(typeof message === 'string' ? Buffer.from(message, 'latin1') : message);
      const staged = await writer.finish();
      await ports.storage.commit(staged);
      const { emailId, size } = staged;
      const flags = { system: 0, keywords: [] };
      const internalDate = Date.UTC(2026, 1, 3, 4, 5, 6);
      const account = await world.accountId(address);
      const messages = [{ emailId, size, internalDate, flags }];
      const reply = await ports.mailboxes.ask('append', { account, requestId: emailId, name, messages });
      if (isRefusal(reply)) throw new Error(reply.text);
    },
    connect: (gateway = 0) => ImapClient.connect(gateways[gateway].addresses.imap!.port),
    async logIn(address, gateway = 0) {
      const client = await world.connect(gateway);
      await client.ok(`LOGIN ${address} "${PASSWORD}"`);
      return client;
    },
    async stop() {
      for (const gateway of gateways) await gateway.stop(0);
      await store.stop(0);
      await close();
    },
  };
  return world;
}

import { temporaryDirectory } from '../../../scripts/servers.ts';
import { start as startMailboxStore } from '../../../services/mailbox-store/service.ts';
import { start as startPop3Gateway } from '../../../services/pop3-gateway/service.ts';
import { createAccount } from '../../../shared/account/create-account.ts';
import { createDomain } from '../../../shared/account/create-domain.ts';
import {
  isRefusal,
  type MailboxClient,
  type MailboxRefusal,
  type MailboxVerb,
} from '../../../shared/mailbox/operations.ts';
import type { EmailId } from '../../../shared/mailbox/types.ts';
import type { Ports, Running } from '../../../shared/runtime/service.ts';
import type { MessageStorage } from '../../../shared/storage/port.ts';
import { openTestPorts } from '../../ports.ts';

export const PASSWORD = 'open sesame';
const DOMAIN = 'example.test';

/** A gateway over the embedded database, bus and mailbox actors, with accounts at will. */
export interface Maildrops {
  readonly gateway: Running;
  readonly ports: Ports;
  /** Called before each request of the gateway to an actor; may throw `MailboxUnavailable`, or refuse. */
  before: (verb: MailboxVerb) => MailboxRefusal | undefined;
  /** What the gateway reads large messages with. */
  read: MessageStorage['read'];
  /** Verbs that the gateway asked. */
  readonly asked: MailboxVerb[];
  /** A new account with these messages; resolves to its address. */
  account(...messages: (string | Buffer)[]): Promise<string>;
  add(address: string, message: string | Buffer): Promise<void>;
  /** What INBOX holds. */
  messages(address: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function openMaildrops(settings: Readonly<Record<string, string>> = {}): Promise<Maildrops> {
  const directory = temporaryDirectory('pop3');
  const { ports, config, close } = await openTestPorts('pglite', {
    DATA_DIR: directory.path,
    POP3_PORT: '0',
    POP3S_PORT: '0',
    ...settings,
  });
  await createDomain(ports.database, DOMAIN);
  const store = await startMailboxStore(ports, config);
  const asked: MailboxVerb[] = [];
  const mailboxes: MailboxClient = {
    ask: async (verb, request) => {
      asked.push(verb);
      return maildrops.before(verb) ?? ports.mailboxes.ask(verb, request);
    },
    watch: (account, listener) => ports.mailboxes.watch(account, listener),
  };
  const storage = Object.assign(Object.create(ports.storage) as MessageStorage, {
    read: (emailId: EmailId, start: number, end: number) => maildrops.read(emailId, start, end),
  });
  const gateway = await startPop3Gateway({ ...ports, mailboxes, storage }, config);
  let accounts = 0;

  const idOf = async (address: string): Promise<string> => {
    const account = await ports.accounts.find(address);
    if (account === undefined) throw new Error(`no account ${address}`);
    return account.accountId;
  };

  const maildrops: Maildrops = {
    gateway,
    ports,
    before: () => undefined,
    read: (emailId, start, end) => ports.storage.read(emailId, start, end),
    asked,
    async account(...messages) {
      const address = `reader${++accounts}@${DOMAIN}`;
      await createAccount(ports.database, { address, password: PASSWORD });
      for (const message of messages) await maildrops.add(address, message);
      return address;
    },
    async add(address, message) {
      const writer = ports.storage.create();
      await writer.write(typeof message === 'string' ? Buffer.from(message, 'latin1') : message);
      const staged = await writer.finish();
      await ports.storage.commit(staged);
      const { emailId, size } = staged;
      const flags = { system: 0, keywords: [] };
      const request = { account: await idOf(address), requestId: emailId, name: 'INBOX' };
      const messages = [{ emailId, size, internalDate: Date.now(), flags }];
      const reply = await ports.mailboxes.ask('append', { ...request, messages });
      if (isRefusal(reply)) throw new Error(reply.text);
    },
    async messages(address) {
      const account = await idOf(address);
      const inbox = await ports.mailboxes.ask('status', { account, name: 'INBOX' });
      if (isRefusal(inbox)) throw new Error(inbox.text);
      const reply = await ports.mailboxes.ask('facts', { account, mailboxId: inbox.mailboxId, uids: '1:*' });
      if (isRefusal(reply)) throw new Error(reply.text);
      const found = await ports.storage.readMany(reply.facts.map(({ emailId }) => emailId));
      return reply.facts.map(({ emailId }) => found.get(emailId)?.toString('latin1') ?? 'large');
    },
    async stop() {
      await gateway.stop(0);
      await store.stop(0);
      await close();
      directory.remove();
    },
  };
  return maildrops;
}

import { ImapFlow } from 'imapflow';
import { PASSWORD, type System } from './system.ts';

/** Does some work as an IMAP client of this account. */
export async function visit<Result>(
  system: System,
  login: string,
  work: (client: ImapFlow) => Promise<Result>,
): Promise<Result> {
  const auth = { user: login, pass: PASSWORD };
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: system.ports.imap,
    secure: false,
    doSTARTTLS: false,
    auth,
    logger: false,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

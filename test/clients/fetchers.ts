import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MaildirMessage, makeMaildir, readMaildir } from './maildir.ts';
import { missingProgram, runProgram } from './program.ts';
import { PASSWORD, type System } from './system.ts';

/** A program that takes what is new from a maildrop or INBOX to a Maildir, and remembers what it has. */
export interface Fetcher {
  readonly name: string;
  readonly missing: () => string | false;
  /** All that it has taken so far. `remove`: from the server. */
  fetch(system: System, login: string, directory: string, remove: boolean): Promise<MaildirMessage[]>;
}

/** Takes a message from standard input into the Maildir `$1`. */
const DELIVER = 'cat > $1/new/$(date +%s%N).$$';

function getmail(protocol: 'POP3' | 'IMAP', ssl: '' | 'SSL'): Fetcher {
  return {
    name: `getmail ${protocol}${ssl}`,
    missing: () => missingProgram('getmail'),
    async fetch(system, login, directory, remove) {
      const port = system.ports[`${protocol.toLowerCase() as 'pop3' | 'imap'}${ssl === '' ? '' : 's'}`];
      await makeMaildir(join(directory, 'mail'));
      await writeFile(
        join(directory, 'getmailrc'),
        `[retriever]
type = Simple${protocol}${ssl}Retriever
server = 127.0.0.1
port = ${port}
username = ${login}
password = ${PASSWORD}
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "${DELIVER}", "sh", "${directory}/mail")
allow_root_commands = true
[options]
delete = ${remove}
read_all = false
delivered_to = false
received = false
verbose = 0
`,
      );
      await runProgram('getmail', ['--getmaildir', directory], { env: { HOME: directory } });
      return readMaildir(join(directory, 'mail'));
    },
  };
}

function fetchmail(protocol: 'POP3' | 'IMAP', tls: '' | 'starttls' | 'ssl'): Fetcher {
  const secured = { '': "sslproto ''", starttls: 'sslproto tls1.2+', ssl: 'ssl' }[tls];
  return {
    name: `fetchmail ${protocol}${tls === '' ? '' : ` ${tls}`}`,
    missing: () => missingProgram('fetchmail'),
    async fetch(system, login, directory, remove) {
      const port = system.ports[`${protocol.toLowerCase() as 'pop3' | 'imap'}${tls === 'ssl' ? 's' : ''}`];
      const mail = join(directory, 'mail');
      await makeMaildir(mail);
      await mkdir(join(directory, 'home'), { recursive: true });
      const file = join(directory, 'fetchmailrc');
      await writeFile(
        file,
        `set invisible
poll 127.0.0.1 port ${port} protocol ${protocol}${protocol === 'POP3' ? ' uidl' : ''} timeout 30
  user "${login}" password "${PASSWORD}" is root here ${secured} no sslcertck
  ${remove ? 'no keep flush' : 'keep'} pass8bits no rewrite no mimedecode
  mda "set -- ${mail}; ${DELIVER}"
`,
      );
      await chmod(file, 0o600);
      // 1: there was no new mail.
      const script = 'fetchmail -f "$1" -i "$2" --pidfile "$3" --nosyslog --nodetach; test $? -le 1';
      const args = ['-c', script, 'sh', file, join(directory, 'ids'), join(directory, 'pid')];
      await runProgram('sh', args, { env: { HOME: join(directory, 'home'), FETCHMAILHOME: directory } });
      return readMaildir(mail);
    },
  };
}

export const FETCHERS: readonly Fetcher[] = [
  getmail('POP3', ''),
  getmail('POP3', 'SSL'),
  getmail('IMAP', 'SSL'),
  fetchmail('POP3', 'starttls'),
  fetchmail('IMAP', 'ssl'),
  fetchmail('IMAP', ''),
];

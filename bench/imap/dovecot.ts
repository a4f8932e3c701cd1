import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, temporaryDirectory } from '../../scripts/servers.ts';
import { Connection } from './connection.ts';
import type { ImapPeer } from './peer.ts';

const PASSWORD = 'benchmark';
const ACCOUNT = 'reader@bench.test';
const READY_TRIES = 100;
const READY_PAUSE_MS = 100;

const configuration = (
  directory: string,
  format: string,
  imap: number,
  pop3: number,
): string => `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = ${format}:${directory}/mail/%u
first_valid_uid = 1
auth_mechanisms = plain
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${directory}/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${pop3}
  }
  inet_listener pop3s {
    port = 0
  }
}
`;

/** Dovecot from Debian's packages, as it comes but for names and ports; fsync as it comes. Needs root. */
export async function startDovecot(format: 'maildir' | 'sdbox'): Promise<ImapPeer> {
  const temporary = temporaryDirectory('dovecot');
  const directory = temporary.path;
  chmodSync(directory, 0o755);
  for (const name of ['run', 'state', 'mail']) mkdirSync(join(directory, name), { mode: 0o755 });
  chmodSync(join(directory, 'mail'), 0o777);
  const [imapPort, pop3Port] = [await freePort(), await freePort()];
  const file = join(directory, 'dovecot.conf');
  writeFileSync(file, configuration(directory, format, imapPort, pop3Port));
  const child = spawn('dovecot', ['-F', '-c', file], { stdio: 'inherit' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    temporary.remove();
  };
  for (let tries = 1; ; tries += 1) {
    try {
      (await Connection.open(imapPort)).close();
      break;
    } catch (error) {
      if (tries === READY_TRIES) {
        await stop();
        throw error;
      }
      await sleep(READY_PAUSE_MS);
    }
  }
  return {
    target: { name: `Dovecot, ${format}`, imapPort, pop3Port, account: ACCOUNT, password: PASSWORD },
    parts: () => [{ name: 'dovecot', pid: child.pid ?? 0 }],
    settled: async () => undefined,
    stop,
  };
}

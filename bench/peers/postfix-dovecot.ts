import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, temporaryDirectory } from '../../scripts/servers.ts';
import { openLineSocket } from '../../scripts/soak/line-socket.ts';
import { DOMAIN, NAMES, type Peer, type PeerOptions } from './peer.ts';

const PASSWORD = 'benchmark';
const COMMAND_TIMEOUT_MS = 20_000;
const READY_TRIES = 50;
const READY_PAUSE_MS = 100;
const LMTP_CONCURRENCY = 4;

export const idOf = (flag: '-u' | '-g', user: string): number =>
  Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));

const accounts = NAMES.map((name) => `${name}@${DOMAIN}`);

const mainCf = (directory: string, sinkPort: number): string => `compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
maillog_file = ${directory}/postfix.log
maillog_file_prefixes = ${directory}
mail_owner = postfix
setgid_group = postdrop
myhostname = peer.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = ${DOMAIN}
virtual_mailbox_maps = texthash:${directory}/accounts
virtual_transport = lmtp:unix:${directory}/lmtp
lmtp_destination_concurrency_limit = ${LMTP_CONCURRENCY}
initial_destination_concurrency = ${LMTP_CONCURRENCY}
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 200
in_flow_delay = 0
message_size_limit = 100000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
max_use = 10000
max_idle = 1000s
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:${sinkPort}
disable_dns_lookups = yes
`;

export const masterCf = (port: number): string => `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

const dovecotConf = (
  directory: string,
  port: number,
  format: MailFormat,
): string => `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_process_limit = 500
default_client_limit = 5000
mail_max_userip_connections = 0
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
service lmtp {
  process_min_avail = ${LMTP_CONCURRENCY}
  unix_listener ${directory}/lmtp {
    mode = 0666
  }
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
`;

async function ready(port: number, log: string): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries++) {
    try {
      const socket = await openLineSocket(port, COMMAND_TIMEOUT_MS);
      await socket.line();
      socket.destroy();
      return;
    } catch {
      await sleep(READY_PAUSE_MS);
    }
  }
  throw new Error(`no greeting on port ${port}; see ${log}`);
}

export type MailFormat = 'maildir' | 'sdbox';

/** Both from Debian's packages, on own ports and directories; fsync as they come. Needs root. */
export async function startPostfixDovecot(format: MailFormat, { sinkPort }: PeerOptions): Promise<Peer> {
  const temporary = temporaryDirectory('peers');
  const directory = temporary.path;
  const config = join(directory, 'postfix');
  for (const name of ['postfix', 'queue', 'data', 'run', 'state', 'mail'])
    mkdirSync(join(directory, name), { mode: 0o755 });
  chmodSync(directory, 0o755);
  chownSync(join(directory, 'data'), idOf('-u', 'postfix'), idOf('-g', 'postfix'));
  chownSync(join(directory, 'mail'), idOf('-u', 'mail'), idOf('-g', 'mail'));
  const smtpPort = await freePort();
  const imapPort = await freePort();
  writeFileSync(join(config, 'main.cf'), mainCf(directory, sinkPort));
  writeFileSync(join(config, 'master.cf'), masterCf(smtpPort));
  writeFileSync(join(directory, 'accounts'), accounts.map((one) => `${one} ok\n`).join(''));
  writeFileSync(join(directory, 'dovecot.conf'), dovecotConf(directory, imapPort, format));
  const postfix = (verb: string): void => {
    execFileSync('postfix', ['-c', config, verb], { stdio: 'ignore', timeout: COMMAND_TIMEOUT_MS });
  };
  const dovecot = spawn('dovecot', ['-F', '-c', join(directory, 'dovecot.conf')], { stdio: 'inherit' });
  const ended = new Promise<void>((resolve) => {
    dovecot.once('exit', () => resolve());
    dovecot.once('error', () => resolve());
  });
  let masterPid = 0;
  const stop = async (): Promise<void> => {
    try {
      if (masterPid) postfix('stop');
    } finally {
      dovecot.kill('SIGTERM');
      await ended;
      temporary.remove();
    }
  };
  try {
    postfix('start');
    masterPid = Number(readFileSync(join(directory, 'queue/pid/master.pid'), 'utf8'));
    await ready(smtpPort, join(directory, 'postfix.log'));
    await ready(imapPort, join(directory, 'dovecot.log'));
  } catch (error) {
    for (const log of ['postfix.log', 'dovecot.log'])
      try {
        console.error(readFileSync(join(directory, log), 'utf8').slice(-2000));
      } catch {
        // It did not come that far.
      }
    await stop();
    throw error;
  }
  return {
    name: `Postfix + Dovecot (${format})`,
    target: {
      smtpPort,
      submissionPort: smtpPort,
      submissionLogin: false,
      imapPort,
      password: PASSWORD,
      accounts,
    },
    parts: () => [
      { name: 'postfix', pid: masterPid },
      { name: 'dovecot', pid: dovecot.pid ?? 0 },
    ],
    stop,
  };
}

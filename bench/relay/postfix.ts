import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, temporaryDirectory } from '../../scripts/servers.ts';
import { SmtpConnection } from '../load/smtp-connection.ts';
import { idOf, masterCf } from '../peers/postfix-dovecot.ts';
import { addressOf, domainOf, MAX_DESTINATIONS, type RelayPeer } from './places.ts';

const mainCf = (directory: string): string => `compatibility_level = 3.6
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
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 200
in_flow_delay = 0
max_use = 10000
max_idle = 1000s
mynetworks = 127.0.0.0/8
transport_maps = texthash:${directory}/transport
disable_dns_lookups = yes
`;

/** From Debian's package, on its own port and directory; concurrency and fsync as they come. Needs root. */
export async function startPostfix(sinkPort: number): Promise<RelayPeer> {
  const temporary = temporaryDirectory('postfix');
  const directory = temporary.path;
  for (const name of ['postfix', 'queue', 'data']) mkdirSync(join(directory, name), { mode: 0o755 });
  chmodSync(directory, 0o755);
  chownSync(join(directory, 'data'), idOf('-u', 'postfix'), idOf('-g', 'postfix'));
  const smtpPort = await freePort();
  const config = join(directory, 'postfix');
  writeFileSync(join(config, 'main.cf'), mainCf(directory));
  writeFileSync(join(config, 'master.cf'), masterCf(smtpPort));
  const places = Array.from({ length: MAX_DESTINATIONS }, (_, i) => i);
  writeFileSync(
    join(directory, 'transport'),
    places.map((i) => `${domainOf(i)} smtp:[${addressOf(i)}]:${sinkPort}\n`).join(''),
  );
  const postfix = (verb: string): void => {
    execFileSync('postfix', ['-c', config, verb], { stdio: 'ignore', timeout: 20_000 });
  };
  postfix('start');
  const master = Number(readFileSync(join(directory, 'queue/pid/master.pid'), 'utf8'));
  for (let tries = 0; tries < 50; tries++) {
    try {
      (await SmtpConnection.open(smtpPort)).close();
      break;
    } catch {
      await sleep(100);
    }
  }
  return {
    name: 'Postfix',
    smtpPort,
    parts: () => [{ name: 'postfix', pid: master }],
    hold: () => process.kill(childOf(master, 'qmgr'), 'SIGSTOP'),
    letGo: () => process.kill(childOf(master, 'qmgr'), 'SIGCONT'),
    async stop() {
      postfix('stop');
      temporary.remove();
    },
  };
}

function childOf(parent: number, command: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, name, rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(statOf(pid)) ?? [];
    if (name === command && Number(rest.split(' ')[1]) === parent) return Number(pid);
  }
  throw new Error(`${command} does not run`);
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, temporaryDirectory } from '../../scripts/servers.ts';
import { missingProgram } from './program.ts';

const COMMAND_MS = 20_000;

export interface Postfix {
  readonly port: number;
  /** Messages of a mailbox of peer.test, as files. */
  mail(name: string): readonly string[];
  log(): string;
  /** Tries what it has in its queue at once. */
  flush(): void;
  stop(): void;
}

export interface PostfixOptions {
  /** Where mail for the domain `example.test` goes. */
  readonly relayTo: number;
  /** `name@peer.test` has a mailbox. */
  readonly names: readonly string[];
}

/** The reason to skip, or false. Postfix's master runs as root alone. */
export function missingPostfix(): string | false {
  const missing = missingProgram('postfix');
  if (missing !== false) return missing;
  return process.getuid?.() === 0 ? false : 'Postfix needs root';
}

const idOf = (flag: '-u' | '-g', user: string): number =>
  Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));

const mainCf = (directory: string, { relayTo }: PostfixOptions): string => `compatibility_level = 3.6
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
virtual_mailbox_domains = peer.test
virtual_mailbox_maps = texthash:${directory}/accounts
virtual_mailbox_base = ${directory}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:${idOf('-u', 'mail')}
virtual_gid_maps = static:${idOf('-g', 'mail')}
transport_maps = inline:{{example.test = smtp:[127.0.0.1]:${relayTo}}}
default_transport = error:nothing leaves this machine
smtp_tls_security_level = encrypt
smtp_tls_loglevel = 1
smtpd_tls_security_level = none
smtputf8_enable = yes
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtp_host_lookup = native
notify_classes =
in_flow_delay = 0
`;

const masterCf = (port: number): string => `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

/** Debian's Postfix on a port and directories of its own, host of peer.test. */
export function startPostfix(options: PostfixOptions & { readonly port: number }): Postfix {
  const temporary = temporaryDirectory('postfix');
  const directory = temporary.path;
  const config = join(directory, 'config');
  for (const name of ['config', 'queue', 'data', 'mail']) mkdirSync(join(directory, name), { mode: 0o755 });
  chmodSync(directory, 0o755);
  chownSync(join(directory, 'data'), idOf('-u', 'postfix'), idOf('-g', 'postfix'));
  chownSync(join(directory, 'mail'), idOf('-u', 'mail'), idOf('-g', 'mail'));
  writeFileSync(join(config, 'main.cf'), mainCf(directory, options));
  writeFileSync(join(config, 'master.cf'), masterCf(options.port));
  writeFileSync(
    join(directory, 'accounts'),
    options.names.map((name) => `${name}@peer.test ${name}/\n`).join(''),
  );
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, ['-c', config, ...args], { stdio: 'pipe', timeout: COMMAND_MS });
  };
  const log = (): string => readFileSync(join(directory, 'postfix.log'), 'utf8');
  try {
    run('postfix', 'start');
  } catch (error) {
    temporary.remove();
    throw error;
  }
  return {
    port: options.port,
    log,
    mail(name) {
      const place = join(directory, 'mail', name, 'new');
      try {
        return readdirSync(place)
          .sort()
          .map((file) => readFileSync(join(place, file), 'utf8'));
      } catch {
        return [];
      }
    },
    flush: () => run('postqueue', '-f'),
    stop() {
      try {
        run('postfix', 'stop');
      } finally {
        temporary.remove();
      }
    },
  };
}

export { freePort };

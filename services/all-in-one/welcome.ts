import type { Config } from '../../shared/runtime/config.ts';
import { DEMO_ADDRESSES } from '../demo-accounts.ts';

type Addresses = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

/** What a person needs to try it: where it listens, how to log in, a line to paste for each way in. */
export function welcome(config: Config, addresses: Addresses, password: string | undefined): string {
  const host =
    config.listenHost === '0.0.0.0' || config.listenHost === '::' ? '127.0.0.1' : config.listenHost;
  const at = (name: string): string => `${host} ${addresses[name]?.port ?? '-'}`;
  const address = (name: string): string => `${host}:${addresses[name]?.port ?? '-'}`;
  const [alice, bob] = DEMO_ADDRESSES;
  const secret = password ?? '<password>';
  const login =
    password === undefined
      ? `Accounts are as they were: ${mailctl(config, address('admin'))} account list`
      : `Log in as ${alice} or ${bob}, password ${password}   (shown this once)`;
  return `
Cartero runs. Mail is kept in ${config.dataDir}; Ctrl-C stops it.
${login}

  SMTP        ${address('smtp').padEnd(22)} mail from other servers, for our domains
  submission  ${address('submission').padEnd(22)} mail from our accounts (STARTTLS); TLS: ${address('submissions')}
  IMAP        ${address('imap').padEnd(22)} STARTTLS; TLS: ${address('imaps')}
  POP3        ${address('pop3').padEnd(22)} STLS; TLS: ${address('pop3s')}
  web mail    http://${address('http')}    HTTPS: ${address('https')}; JMAP is there, too
  admin       ${address('admin').padEnd(22)} mailctl, /metrics, /healthz, /readyz

Try it:
  telnet ${at('smtp')}          then: helo x / mail from:<you@elsewhere.test> / rcpt to:<${alice}> / data / Hello / . / quit
  swaks --server ${address('submission')} -tls --auth-user ${bob} --auth-password '${secret}' --from ${bob} --to ${alice}
  curl --url 'imap://${address('imap')}/INBOX?ALL' --user '${alice}:${secret}'
  Thunderbird: account ${alice}, IMAP ${host} port ${addresses.imap?.port ?? '-'} STARTTLS, SMTP ${host} port ${addresses.submission?.port ?? '-'} STARTTLS, accept the self-made certificate
`;
}

/** How to reach the admin API of this very process. */
function mailctl(config: Config, admin: string): string {
  const token = config.adminToken === undefined ? `DATA_DIR=${config.dataDir}` : 'ADMIN_TOKEN=…';
  return `ADMIN_URL=http://${admin} ${token} npm run -s mailctl --`;
}

import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_TIMEOUT_MS = 300_000;
const PACKAGES = ['postfix', 'dovecot-imapd', 'dovecot-pop3d', 'dovecot-lmtpd'];
const PROOFS = ['/usr/sbin/postfix', '/usr/sbin/dovecot', '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp'];

/** Installs what is missing from Debian, without starting Debian's own services. Needs root. */
export function installPeers(): void {
  if (PROOFS.every((path) => existsSync(path))) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (command: string, args: string[], input?: string): void => {
    execFileSync(command, args, {
      env,
      input,
      timeout: INSTALL_TIMEOUT_MS,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  };
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    run('debconf-set-selections', [], 'postfix postfix/main_mailer_type select No configuration\n');
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES]);
  } finally {
    if (ours) rmSync(POLICY);
  }
}

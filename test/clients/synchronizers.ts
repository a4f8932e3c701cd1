import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingProgram, runProgram } from './program.ts';
import { PASSWORD, type System } from './system.ts';

/** A program that keeps a directory of Maildirs and an account the same, both ways. */
export interface Synchronizer {
  readonly name: string;
  readonly missing: () => string | false;
  /** Where in the directory a mailbox lies. */
  readonly maildir: (directory: string, mailbox: string) => string;
  synchronize(system: System, login: string, directory: string): Promise<unknown>;
}

const mbsync: Synchronizer = {
  name: 'mbsync',
  missing: () => missingProgram('mbsync'),
  maildir: (directory, mailbox) => join(directory, 'mail', mailbox),
  async synchronize(system, login, directory) {
    await mkdir(join(directory, 'mail'), { recursive: true });
    const file = join(directory, 'mbsyncrc');
    await writeFile(
      file,
      `IMAPAccount there
Host 127.0.0.1
Port ${system.ports.imap}
User ${login}
Pass "${PASSWORD}"
SSLType None
AuthMechs *

IMAPStore far
Account there

MaildirStore near
Path ${directory}/mail/
Inbox ${directory}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Remove None
Sync All
SyncState ${directory}/state-
`,
    );
    return runProgram('mbsync', ['--config', file, '--all'], { env: { HOME: directory } });
  },
};

const offlineimap: Synchronizer = {
  name: 'offlineimap',
  missing: () => missingProgram('offlineimap'),
  maildir: (directory, mailbox) => join(directory, 'mail', mailbox),
  async synchronize(system, login, directory) {
    const file = join(directory, 'offlineimaprc');
    await writeFile(
      file,
      `[general]
accounts = all
metadata = ${directory}/metadata
[Account all]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${directory}/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${system.ports.imap}
remoteuser = ${login}
remotepass = ${PASSWORD}
ssl = no
starttls = no
`,
    );
    return runProgram('offlineimap', ['-o', '-u', 'basic', '-c', file], { env: { HOME: directory } });
  },
};

export const SYNCHRONIZERS: readonly Synchronizer[] = [mbsync, offlineimap];

import type { ArgumentReader } from '../arguments.ts';
import { flagsOf } from '../flags.ts';
import type { Command } from '../program.ts';

/** RFC 5228 §4.1, with :copy (RFC 3894), :flags (5232), :create (5490), :specialuse (8579). */
export function fileInto(read: ArgumentReader): Command {
  read.need('fileinto');
  const copy = read.tag('copy', 'copy');
  const flags = read.tagStrings('flags', 'imap4flags');
  const create = read.tag('create', 'mailbox');
  const specialUse = read.tagString('specialuse', 'special-use');
  const mailbox = read.string();
  read.end();
  return (run) => {
    run.act({
      kind: 'fileinto',
      mailbox: mailbox(run),
      flags: flagsOf(run, flags),
      create,
      specialUse: specialUse?.(run).replace(/^\\/, '') ?? null,
    });
    if (!copy) run.implicitKeep = false;
  };
}

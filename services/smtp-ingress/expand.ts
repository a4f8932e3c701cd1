import type { AccountDirectory } from '../../shared/account/port.ts';
import { parsePath } from '../../shared/protocol/smtp/path.ts';
import { multiLineReply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import { refusals } from './refusals.ts';

/** The answer to EXPN (RFC 5321 §3.5.2): the members of a list or alias of ours, a line each. */
export async function expand(accounts: AccountDirectory, name: string, utf8: boolean): Promise<ServerReply> {
  const path = parsePath(name, 0);
  if (path === undefined || path.end !== name.length || path.address === '') return refusals.badName;
  const resolution = await accounts.resolve(path.address);
  if (resolution.kind === 'unknown') return refusals.noSuchMailbox;
  if (resolution.kind === 'remote') return refusals.notOurList;
  const members = resolution.kind === 'alias' ? resolution.targets : [resolution];
  const lines = members.map((member) => `<${member.address}>`);
  if (!utf8 && lines.some((line) => /[^\u0000-\u007f]/.test(line))) return refusals.utf8ReplyNeeded;
  return multiLineReply(250, lines, '2.1.5');
}

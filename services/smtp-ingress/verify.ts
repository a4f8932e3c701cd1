import type { AccountDirectory, Resolution } from '../../shared/account/port.ts';
import { parsePath } from '../../shared/protocol/smtp/path.ts';
import { reply, type ServerReply } from '../../shared/protocol/smtp/server-reply.ts';
import { refusals } from './refusals.ts';

/** More domains than these are not searched for a name without one. */
const MAX_DOMAINS = 20;

export interface VerifyOptions {
  readonly accounts: AccountDirectory;
  /** Our domains, or the first of them. */
  readonly domains: () => Promise<readonly string[]>;
  readonly mayRelay: boolean;
  /** The reply may hold UTF-8. */
  readonly utf8: boolean;
}

/** The answer to VRFY when it may be told (RFC 5321 §3.5): 250, 251, 252, 550, 551 or 553. */
export async function verify(name: string, options: VerifyOptions): Promise<ServerReply> {
  const path = parsePath(name, 0);
  if (path === undefined || path.end !== name.length || path.address === '') return refusals.badName;
  const said = path.address.includes('@')
    ? verdict(await options.accounts.resolve(path.address), options)
    : await verifyBare(path.address, options);
  return options.utf8 || isAscii(said.text) ? said : refusals.utf8ReplyNeeded;
}

function verdict(resolution: Resolution, { mayRelay }: VerifyOptions): ServerReply {
  switch (resolution.kind) {
    case 'unknown':
      return refusals.noSuchMailbox;
    case 'account':
      return reply(250, '2.1.5', `<${resolution.address}>`);
    case 'alias': {
      const [only, ...others] = resolution.targets;
      return only?.kind === 'remote' && others.length === 0
        ? reply(251, '2.1.5', `User not local; will forward to <${only.address}>`)
        : reply(250, '2.1.5', `<${resolution.address}>`);
    }
    case 'remote':
      return mayRelay
        ? refusals.willTry
        : reply(551, '5.7.1', `User not local; please try <${resolution.address}>`);
  }
}

async function verifyBare(local: string, options: VerifyOptions): Promise<ServerReply> {
  if (local.toLowerCase() === 'postmaster') return verdict(await options.accounts.resolve(local), options);
  const domains = await options.domains();
  if (domains.length > MAX_DOMAINS) return refusals.willTry;
  const found: Resolution[] = [];
  for (const domain of domains) {
    const resolution = await options.accounts.resolve(`${local}@${domain}`);
    if (resolution.kind !== 'unknown') found.push(resolution);
  }
  if (found.length > 1) return refusals.ambiguousName;
  return found[0] === undefined ? refusals.noSuchMailbox : verdict(found[0], options);
}

function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text);
}

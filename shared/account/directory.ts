import { createHash } from 'node:crypto';
import type { Bus } from '../bus/port.ts';
import { accountsChanged } from '../bus/subjects.ts';
import type { Database } from '../database/port.ts';
import { addressKey } from './address.ts';
import { type AddressRules, DEFAULT_RULES } from './address-rules.ts';
import { createDirectoryReads, type DirectoryReads, type DirectoryTiming } from './directory-reads.ts';
import { isLocalDomain, resolveForwardPath } from './forward-path.ts';
import { createForwarding, type ForwardingOptions } from './forwarding.ts';
import type { AccountRecord } from './name-record.ts';
import { createPasswordCheck } from './password-check.ts';
import type {
  Account,
  AccountDirectory,
  AccountPasswords,
  PasswordMatch,
  Resolution,
  ScramVerifier,
} from './port.ts';
import { decoyVerifier } from './scram.ts';

export interface DirectoryOptions extends DirectoryTiming, ForwardingOptions {
  /** How local parts are read; absent: `DEFAULT_RULES`. */
  readonly rules?: AddressRules;
  /** When given, changes made over the admin API are in force at once (`accounts.changed`). */
  readonly bus?: Bus;
}

/**
 * The directory over Postgres. Changes made by any process are seen within a few seconds (`DirectoryTiming`), use against
 * quota as well: asked afresh for each forward-path, it would cost one statement a message beside the one that accepts it,
 * and mail that is accepted but not yet delivered would still not count.
 * Methods reject when the database cannot be reached or an alias is too large; both are temporary errors.
 */
export function createAccountDirectory(database: Database, options: DirectoryOptions = {}): AccountDirectory {
  const reads = createDirectoryReads(database, options);
  const matchingKey = createPasswordCheck(options);
  // A hint that is lost, or never subscribed to, costs the caches' few seconds.
  options.bus?.subscribe(accountsChanged(), () => void reads.forget()).catch(() => undefined);

  const forwarding = createForwarding(database, (domain) => isLocalDomain(reads, domain), options);
  const rules = options.rules ?? DEFAULT_RULES;

  async function resolve(forwardPath: string): Promise<Resolution> {
    const sender = await forwarding.original(forwardPath);
    if (sender === undefined) return resolveForwardPath(reads, forwardPath, rules);
    const back = sender === null ? undefined : await resolveForwardPath(reads, sender, rules);
    if (back === undefined || back.kind === 'unknown') return { kind: 'unknown', address: forwardPath };
    const targets = back.kind === 'alias' ? back.targets : [{ ...back, via: forwardPath }];
    return { kind: 'alias', address: forwardPath, targets };
  }

  async function find(address: string): Promise<Account | undefined> {
    return (await findRecord(reads, address))?.account;
  }

  async function passwords(address: string): Promise<AccountPasswords> {
    const record = await findRecord(reads, address);
    const { salt, iterations, storedKey, serverKey } = record?.verifier ?? (await decoy(reads, address));
    const keys = [{ storedKey, serverKey }, ...(record?.appPasswords ?? [])];
    return { account: record?.account, salt, iterations, keys };
  }

  async function matchPassword(address: string, password: string): Promise<PasswordMatch> {
    const known = await passwords(address);
    const key = await matchingKey(addressKey(address) ?? address, password, known);
    return { account: known.account, key };
  }

  async function authenticate(address: string, password: string): Promise<Account | undefined> {
    const { account, key } = await matchPassword(address, password);
    return key !== undefined && key.appPassword === undefined && account?.enabled ? account : undefined;
  }

  async function mayUseReversePath(account: Account, reversePath: string): Promise<boolean> {
    if (reversePath === '') return true;
    const resolution = await resolveForwardPath(reads, reversePath, rules);
    const reached = resolution.kind === 'alias' ? resolution.targets : [resolution];
    return reached.some((one) => one.kind === 'account' && one.account.accountId === account.accountId);
  }

  return {
    resolve,
    forwardedReversePath: (reversePath, via) => forwarding.rewrite(reversePath, via),
    isLocalDomain: (domain) => isLocalDomain(reads, domain),
    find,
    passwords,
    matchPassword,
    authenticate,
    mayUseReversePath,
  };
}

async function findRecord(reads: DirectoryReads, address: string): Promise<AccountRecord | undefined> {
  const key = addressKey(address);
  return key === undefined ? undefined : (await reads.name(key))?.account;
}

/** Its secret is the same on every replica and not to be guessed: the oldest account's keys. */
async function decoy(reads: DirectoryReads, address: string): Promise<ScramVerifier> {
  const oldest = await reads.oldestAccount('');
  const keys = oldest === undefined ? undefined : (await findRecord(reads, oldest))?.verifier;
  const secret = createHash('sha256')
    .update('decoy')
    .update(keys?.serverKey ?? '');
  return decoyVerifier(secret.digest(), addressKey(address) ?? address);
}

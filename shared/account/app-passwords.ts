import { randomInt } from 'node:crypto';
import type { Database } from '../database/port.ts';
import { addressKey } from './address.ts';
import { LOG_IN_PROTOCOLS, type LogInProtocol } from './port.ts';
import { type DirectoryRefusal, refusal } from './refusal.ts';
import { makeVerifier } from './scram.ts';
import { noAccount } from './update-account.ts';

/** Each is tried at every log-in of the account (some microseconds), and told apart by a person. */
export const MAX_APP_PASSWORDS = 50;
const MAX_NAME = 100;

/** Without those that look alike; 20 of them are 96 bits. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_LETTERS = 4;

export interface NewAppPassword {
  readonly name: string;
  readonly scopes: readonly LogInProtocol[];
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null;
}

export interface ListedAppPassword extends NewAppPassword {
  readonly createdAt: number;
}

export interface MadeAppPassword extends ListedAppPassword {
  readonly address: string;
  /** Shown this once: only its verifier is kept. */
  readonly password: string;
}

/**
 * Makes a password for one of an account's programs. It has salt and iterations of the account's own, so that one derivation and one SCRAM
 * exchange serve them all. Refusals: not-found, bad-name, bad-expiry, exists, limit.
 */
export async function createAppPassword(
  database: Database,
  address: string,
  wanted: NewAppPassword,
  now: number = Date.now(),
): Promise<MadeAppPassword | DirectoryRefusal> {
  const name = wanted.name.trim().normalize('NFC');
  if (name === '' || name.length > MAX_NAME || /\p{C}/u.test(name))
    return refusal('bad-name', `the name of an app password has 1 to ${MAX_NAME} characters`);
  if (wanted.expiresAt !== null && wanted.expiresAt <= now)
    return refusal('bad-expiry', 'it would have expired already');
  const scopes = LOG_IN_PROTOCOLS.filter((protocol) => wanted.scopes.includes(protocol));
  if (scopes.length === 0)
    return refusal('bad-name', `an app password opens at least one of ${LOG_IN_PROTOCOLS.join(', ')}`);
  const password = randomPassword();
  return database.transaction(async (trx) => {
    // Locked, so that the salt stays and the limit holds.
    const account = await trx
      .selectFrom('account')
      .select(['account_id', 'address', 'scram_salt', 'scram_iterations'])
      .where('address', '=', addressKey(address) ?? address)
      .forUpdate()
      .executeTakeFirst();
    if (account === undefined) return noAccount(address);
    const there = await trx
      .selectFrom('app_password')
      .select('name')
      .where('account_id', '=', account.account_id)
      .execute();
    if (there.some((one) => one.name === name))
      return refusal('exists', `${account.address} has an app password ${name} already`);
    if (there.length >= MAX_APP_PASSWORDS)
      return refusal('limit', `an account has at most ${MAX_APP_PASSWORDS} app passwords`);
    const salt = Buffer.from(account.scram_salt);
    const verifier = await makeVerifier(password, { salt, iterations: account.scram_iterations });
    await trx
      .insertInto('app_password')
      .values({
        account_id: account.account_id,
        name,
        scopes,
        salt,
        iterations: verifier.iterations,
        stored_key: verifier.storedKey,
        server_key: verifier.serverKey,
        created_at: now,
        expires_at: wanted.expiresAt,
      })
      .execute();
    return {
      address: account.address,
      name,
      scopes,
      expiresAt: wanted.expiresAt,
      createdAt: now,
      password,
    };
  });
}

/** Refusals: not-found. */
export async function listAppPasswords(
  database: Database,
  address: string,
): Promise<{ readonly appPasswords: ListedAppPassword[] } | DirectoryRefusal> {
  const accountId = await accountIdOf(database, address);
  if (accountId === undefined) return noAccount(address);
  const rows = await database.kysely
    .selectFrom('app_password')
    .select(['name', 'scopes', 'created_at', 'expires_at'])
    .where('account_id', '=', accountId)
    .orderBy('name')
    .execute();
  return {
    appPasswords: rows.map((row) => ({
      name: row.name,
      scopes: LOG_IN_PROTOCOLS.filter((protocol) => row.scopes.includes(protocol)),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    })),
  };
}

/** Refusals: not-found. */
export async function deleteAppPassword(
  database: Database,
  address: string,
  name: string,
): Promise<{ readonly name: string } | DirectoryRefusal> {
  const accountId = await accountIdOf(database, address);
  if (accountId === undefined) return noAccount(address);
  const gone = await database.kysely
    .deleteFrom('app_password')
    .where('account_id', '=', accountId)
    .where('name', '=', name.normalize('NFC'))
    .returning('name')
    .executeTakeFirst();
  return gone ?? refusal('not-found', `there is no app password ${name}`);
}

async function accountIdOf(database: Database, address: string): Promise<number | undefined> {
  const row = await database.kysely
    .selectFrom('account')
    .select('account_id')
    .where('address', '=', addressKey(address) ?? address)
    .executeTakeFirst();
  return row?.account_id;
}

function randomPassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)]!;
  return Array.from({ length: GROUPS }, () => Array.from({ length: GROUP_LETTERS }, letter).join('')).join(
    '-',
  );
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ListedAppPassword, listAppPasswords } from '../../../../shared/account/app-passwords.ts';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import { utcDate } from '../dates.ts';
import type { Call, JsonObject, Method } from '../method.ts';

const schema = z.strictObject(getArguments);
const PROPERTIES = ['id', 'name', 'scopes', 'createdAt', 'expiresAt'];

/** The account's app passwords, without what they are. */
export const appPasswordGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const all = new Map((await appPasswords(call)).map((one) => [appPasswordId(one.name), one]));
  const ids = given == null ? [...all.keys()] : boundIds(given);
  const list: JsonObject[] = ids.flatMap((id) => {
    const one = all.get(id);
    if (one === undefined) return [];
    const { name, scopes, createdAt, expiresAt } = one;
    return [
      {
        id,
        name,
        scopes,
        createdAt: utcDate(createdAt),
        expiresAt: expiresAt === null ? null : utcDate(expiresAt),
      },
    ];
  });
  return {
    accountId: call.accountId,
    state: stateOf([...all.values()]),
    list: pickProperties(list, properties, PROPERTIES),
    notFound: ids.filter((id) => !all.has(id)),
  };
};

export async function appPasswords({ webmail, account }: Call): Promise<ListedAppPassword[]> {
  const listed = await listAppPasswords(webmail.ports.database, account.address);
  return 'refused' in listed ? [] : listed.appPasswords;
}

/** Names are unique in their account, and may hold anything. */
export const appPasswordId = (name: string): string =>
  createHash('sha256').update(name).digest('hex').slice(0, 24);

export const stateOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);

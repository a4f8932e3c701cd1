import { z } from 'zod';
import { createAppPassword, deleteAppPassword } from '../../../../shared/account/app-passwords.ts';
import { LOG_IN_PROTOCOLS } from '../../../../shared/account/port.ts';
import { isDirectoryRefusal } from '../../../../shared/account/refusal.ts';
import { accountsChanged } from '../../../../shared/bus/subjects.ts';
import { readArguments } from '../arguments.ts';
import { readDate, utcDate } from '../dates.ts';
import { type Call, type JsonObject, type Method, MethodError, SetError } from '../method.ts';
import {
  asSetError,
  boundSet,
  invalidProperties,
  madeId,
  newOutcome,
  setArguments,
  setResponse,
} from '../set.ts';
import { appPasswordId, appPasswords, stateOf } from './app-password-get.ts';

const schema = z.strictObject(setArguments);
const values = z.strictObject({
  name: z.string().max(200),
  scopes: z.array(z.enum(LOG_IN_PROTOCOLS)).min(1),
  expiresAt: z.string().nullish(),
});

/**
 * Makes and destroys app passwords; `secret` is told this once. Who logged in by an app password may do neither, nor may a
 * foreign client: only the web client's session.
 */
export const appPasswordSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  if (call.identity.session === undefined) throw new MethodError('forbidden', 'only in the web client');
  const before = await appPasswords(call);
  if (given.ifInState != null && given.ifInState !== stateOf(before)) throw new MethodError('stateMismatch');
  const outcome = newOutcome();
  for (const [creationId, object] of Object.entries(given.create ?? {})) {
    try {
      const made = await make(call, object);
      outcome.created[creationId] = made;
      madeId(call, creationId, made.id as string);
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  for (const id of Object.keys(given.update ?? {}))
    outcome.notUpdated[id] = new SetError('forbidden', 'an app password stays as it was made');
  for (const id of given.destroy ?? []) {
    const named = before.find(({ name }) => appPasswordId(name) === id);
    if (named === undefined) {
      outcome.notDestroyed[id] = new SetError('notFound');
      continue;
    }
    await deleteAppPassword(call.webmail.ports.database, call.account.address, named.name);
    outcome.destroyed.push(id);
  }
  // Caches of passwords on every replica.
  call.webmail.ports.bus.publish(accountsChanged(), {});
  const states = { oldState: stateOf(before), newState: stateOf(await appPasswords(call)) };
  return setResponse(call.accountId, states, outcome);
};

async function make({ webmail, account }: Call, object: JsonObject): Promise<JsonObject> {
  const result = values.safeParse(object);
  if (!result.success) throw invalidProperties([String(result.error.issues[0]?.path[0] ?? 'name')]);
  const { name, scopes, expiresAt } = result.data;
  const expires = expiresAt == null ? null : readDate(expiresAt);
  if (expires === undefined) throw invalidProperties(['expiresAt']);
  const wanted = { name, scopes, expiresAt: expires?.unixMs ?? null };
  const made = await createAppPassword(webmail.ports.database, account.address, wanted);
  if (isDirectoryRefusal(made)) {
    if (made.refused === 'limit') throw new SetError('overQuota', made.text);
    throw invalidProperties([made.refused === 'bad-expiry' ? 'expiresAt' : 'name'], made.text);
  }
  return {
    id: appPasswordId(made.name),
    name: made.name,
    scopes: made.scopes,
    createdAt: utcDate(made.createdAt),
    expiresAt: made.expiresAt === null ? null : utcDate(made.expiresAt),
    secret: made.password,
    /** For clients that log in by Bearer. */
    bearer: Buffer.from(`${account.address}:${made.password}`).toString('base64url'),
  };
}

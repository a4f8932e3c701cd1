import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { type Call, type JsonObject, type Method, SetError } from '../method.ts';
import { putObjects } from '../put-objects.ts';
import {
  asSetError,
  boundSet,
  invalidProperties,
  madeId,
  newOutcome,
  resolveId,
  setArguments,
  setResponse,
} from '../set.ts';
import { type Identity, identities, OWN_IDENTITY } from '../submission/identities.ts';

const schema = z.strictObject(setArguments);
const addresses = z
  .array(
    z.strictObject({
      name: z.string().max(1_000).nullable().default(null),
      email: z.string().min(1).max(500),
    }),
  )
  .max(100)
  .nullable();
const SIGNATURE = 50_000;
const values = z.strictObject({
  name: z.string().max(1_000).optional(),
  email: z.string().min(1).max(500).optional(),
  replyTo: addresses.optional(),
  bcc: addresses.optional(),
  textSignature: z.string().max(SIGNATURE).optional(),
  htmlSignature: z.string().max(SIGNATURE).optional(),
});
const MAX_IDENTITIES = 100;

/** RFC 8621 §6.3. */
export const identitySet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  const all = await identities(call);
  const outcome = newOutcome();
  const puts = new Map<string, Identity | null>();
  for (const [creationId, object] of Object.entries(given.create ?? {})) {
    try {
      if (all.size + puts.size >= MAX_IDENTITIES)
        throw new SetError('overQuota', 'there are too many identities');
      const identity = await newIdentity(call, object);
      const id = randomBytes(8).toString('hex');
      puts.set(id, identity);
      const { email: _, ...filled } = identity;
      const told = Object.fromEntries(
        Object.entries(filled).filter(([name]) => !Object.hasOwn(object, name)),
      );
      outcome.created[creationId] = { id, ...told, mayDelete: true };
      madeId(call, creationId, id);
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  for (const [key, patch] of Object.entries(given.update ?? {})) {
    try {
      const id = resolveId(call, key);
      const identity = all.get(id);
      if (identity === undefined) throw new SetError('notFound');
      const changes = readValues(patch);
      if (changes.email !== undefined && changes.email !== identity.email)
        throw invalidProperties(['email'], 'it cannot be changed');
      puts.set(id, { ...identity, ...changes, email: identity.email });
      outcome.updated[key] = null;
    } catch (error) {
      outcome.notUpdated[key] = asSetError(error);
    }
  }
  for (const id of given.destroy ?? []) {
    if (id === OWN_IDENTITY)
      outcome.notDestroyed[id] = new SetError('forbidden', 'every account has this one');
    else if (!all.has(id)) outcome.notDestroyed[id] = new SetError('notFound');
    else {
      puts.set(id, null);
      outcome.destroyed.push(id);
    }
  }
  const states = await putObjects(call, 'Identity', puts, given.ifInState);
  return setResponse(call.accountId, states, outcome);
};

function readValues(object: JsonObject): Partial<Identity> {
  const result = values.safeParse(object);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [String(issue?.path[0] ?? 'name')];
  throw invalidProperties(keys);
}

async function newIdentity({ webmail, account }: Call, object: JsonObject): Promise<Identity> {
  const { email, ...rest } = readValues(object);
  if (email === undefined) throw invalidProperties(['email'], 'an identity has an address');
  // `*@example.org` is for those who may send from every address there: nobody here.
  if (!(await webmail.ports.accounts.mayUseReversePath(account, email)))
    throw new SetError('forbiddenFrom', 'the address is not one of yours');
  return { name: '', replyTo: null, bcc: null, textSignature: '', htmlSignature: '', ...rest, email };
}

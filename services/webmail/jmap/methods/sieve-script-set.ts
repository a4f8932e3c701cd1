import { z } from 'zod';
import { readArguments } from '../arguments.ts';
import { type Call, type JsonObject, type Method, MethodError, SetError } from '../method.ts';
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
import { demandDone, scriptText } from '../sieve/script-text.ts';
import { type Script, scriptsOf } from '../sieve/scripts.ts';
import { stateOf } from './app-password-get.ts';

const schema = z.strictObject({
  ...setArguments,
  onSuccessActivateScript: z.string().max(255).nullish(),
  onSuccessDeactivateScript: z.boolean().nullish(),
});

/** RFC 9661 §2.2. */
export const sieveScriptSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  const before = await scriptsOf(call.webmail, call.accountId);
  if (given.ifInState != null && given.ifInState !== stateOf(before)) throw new MethodError('stateMismatch');
  const outcome = newOutcome();
  const byId = new Map(before.map((script) => [script.id, script]));
  for (const [creationId, object] of Object.entries(given.create ?? {})) {
    try {
      const made = await create(call, object);
      outcome.created[creationId] = { id: made.id, blobId: made.blobId, name: made.name, isActive: false };
      madeId(call, creationId, made.id);
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  for (const [key, patch] of Object.entries(given.update ?? {})) {
    try {
      await update(call, byId.get(resolveId(call, key)), patch);
      outcome.updated[key] = null;
    } catch (error) {
      outcome.notUpdated[key] = asSetError(error);
    }
  }
  for (const key of given.destroy ?? []) {
    try {
      const script = byId.get(resolveId(call, key));
      if (script === undefined) throw new SetError('notFound');
      const { ask } = call.webmail.ports.mailboxes;
      demandDone(await ask('deleteScript', { account: call.accountId, name: script.name }));
      outcome.destroyed.push(key);
    } catch (error) {
      outcome.notDestroyed[key] = asSetError(error);
    }
  }
  const failed = [outcome.notCreated, outcome.notUpdated, outcome.notDestroyed].some(
    (one) => Object.keys(one).length > 0,
  );
  if (!failed)
    await activate(call, given.onSuccessActivateScript, given.onSuccessDeactivateScript, outcome.updated);
  const after = await scriptsOf(call.webmail, call.accountId);
  return setResponse(call.accountId, { oldState: stateOf(before), newState: stateOf(after) }, outcome);
};

async function create(call: Call, object: JsonObject): Promise<Script> {
  const unknown = Object.keys(object).filter((name) => name !== 'name' && name !== 'blobId');
  if (unknown.length > 0) throw invalidProperties(unknown);
  const { name = null } = object;
  if (name !== null && typeof name !== 'string') throw invalidProperties(['name']);
  const there = await scriptsOf(call.webmail, call.accountId);
  const own = name ?? freeName(there);
  const existing = there.find((script) => script.name === own.normalize('NFC'));
  if (existing !== undefined) throw new SetError('alreadyExists', undefined, { existingId: existing.id });
  const content = await scriptText(call, object.blobId);
  const { ask } = call.webmail.ports.mailboxes;
  demandDone(await ask('putScript', { account: call.accountId, name: own, content }));
  const made = (await scriptsOf(call.webmail, call.accountId)).find(
    (script) => script.name === own.normalize('NFC'),
  );
  if (made === undefined) throw new SetError('notFound');
  return made;
}

function freeName(there: readonly Script[]): string {
  for (let number = 1; ; number += 1) {
    const name = `script ${number}`;
    if (!there.some((script) => script.name === name)) return name;
  }
}

async function update(call: Call, script: Script | undefined, patch: JsonObject): Promise<void> {
  if (script === undefined) throw new SetError('notFound');
  const unknown = Object.keys(patch).filter((name) => name !== 'name' && name !== 'blobId');
  if (unknown.length > 0) throw invalidProperties(unknown);
  const { ask } = call.webmail.ports.mailboxes;
  const account = call.accountId;
  if (patch.blobId !== undefined && patch.blobId !== script.blobId) {
    const content = await scriptText(call, patch.blobId);
    demandDone(await ask('putScript', { account, name: script.name, content }));
  }
  if (patch.name === undefined || patch.name === script.name) return;
  if (typeof patch.name !== 'string') throw invalidProperties(['name']);
  demandDone(await ask('renameScript', { account, from: script.name, to: patch.name }));
}

/** Whose `isActive` has become another is told as updated. */
async function activate(
  call: Call,
  wanted: string | null | undefined,
  none: boolean | null | undefined,
  updated: Record<string, JsonObject | null>,
): Promise<void> {
  if (wanted == null && none !== true) return;
  const scripts = await scriptsOf(call.webmail, call.accountId);
  const script = wanted == null ? undefined : scripts.find(({ id }) => id === resolveId(call, wanted));
  if (wanted != null && script === undefined) return;
  const { ask } = call.webmail.ports.mailboxes;
  demandDone(await ask('activateScript', { account: call.accountId, name: script?.name ?? null }));
  for (const one of scripts) {
    const isActive = one.id === script?.id;
    if (one.isActive !== isActive) updated[one.id] = { ...updated[one.id], isActive };
  }
}

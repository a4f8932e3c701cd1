import { z } from 'zod';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import type { Method } from '../method.ts';
import { SCRIPT_PROPERTIES, scriptsOf } from '../sieve/scripts.ts';
import { stateOf } from './app-password-get.ts';

const schema = z.strictObject(getArguments);

/** RFC 9661 §2.1. */
export const sieveScriptGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const scripts = await scriptsOf(call.webmail, call.accountId);
  const byId = new Map(scripts.map((script) => [script.id, { ...script }]));
  const ids = given == null ? [...byId.keys()] : boundIds(given);
  const list = ids.flatMap((id) => byId.get(id) ?? []);
  return {
    accountId: call.accountId,
    state: stateOf(scripts),
    list: pickProperties(list, properties, SCRIPT_PROPERTIES),
    notFound: ids.filter((id) => !byId.has(id)),
  };
};

import { z } from 'zod';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import type { Method } from '../method.ts';
import { IDENTITY_PROPERTIES, identities, OWN_IDENTITY } from '../submission/identities.ts';

const schema = z.strictObject(getArguments);

/** RFC 8621 §6.1. */
export const identityGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const { modSeq } = await call.webmail.emails.state(call.accountId);
  const all = await identities(call);
  const ids = given == null ? [...all.keys()] : boundIds(given);
  const list = ids.flatMap((id) => {
    const identity = all.get(id);
    return identity === undefined ? [] : [{ id, ...identity, mayDelete: id !== OWN_IDENTITY }];
  });
  return {
    accountId: call.accountId,
    state: String(modSeq),
    list: pickProperties(list, properties, IDENTITY_PROPERTIES),
    notFound: ids.filter((id) => !all.has(id)),
  };
};

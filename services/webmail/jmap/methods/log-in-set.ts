import { z } from 'zod';
import { gatewayKick } from '../../../../shared/bus/subjects.ts';
import { readArguments } from '../arguments.ts';
import { type Method, MethodError, SetError } from '../method.ts';
import { boundSet, newOutcome, setArguments, setResponse } from '../set.ts';
import { stateOf } from './app-password-get.ts';
import { logIns } from './log-in-get.ts';

const schema = z.strictObject(setArguments);

/** `destroy` ends log-ins; the one that asks is ended, too, when it is named. */
export const logInSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  if (call.identity.session === undefined) throw new MethodError('forbidden', 'only in the web client');
  const all = await logIns(call);
  const outcome = newOutcome();
  for (const creationId of Object.keys(given.create ?? {}))
    outcome.notCreated[creationId] = new SetError('forbidden');
  for (const id of Object.keys(given.update ?? {})) outcome.notUpdated[id] = new SetError('forbidden');
  for (const id of given.destroy ?? []) {
    const one = all.get(id);
    if (one === undefined) {
      outcome.notDestroyed[id] = new SetError('notFound');
      continue;
    }
    if ('web' in one) await call.webmail.sessions.end(call.accountId, one.web.sessionId);
    else
      call.webmail.ports.bus.publish(gatewayKick(one.connection.gateway), {
        sessionId: one.connection.sessionId,
      });
    outcome.destroyed.push(id);
  }
  const left = [...all.keys()].filter((id) => !outcome.destroyed.includes(id));
  const states = { oldState: stateOf([...all.keys()]), newState: stateOf(left) };
  return setResponse(call.accountId, states, outcome);
};

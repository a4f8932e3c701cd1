import { z } from 'zod';
import type { Vacation } from '../../../../shared/sieve/with-vacation.ts';
import { readArguments } from '../arguments.ts';
import { readDate, utcDate } from '../dates.ts';
import { type Call, type JsonObject, type Method, SetError } from '../method.ts';
import { putObjects } from '../put-objects.ts';
import { asSetError, boundSet, invalidProperties, newOutcome, setArguments, setResponse } from '../set.ts';
import { VACATION_ID, vacationOf } from '../submission/vacation.ts';

const schema = z.strictObject(setArguments);

const MAX_TEXT = 50_000;
const date = z
  .string()
  .refine((text) => readDate(text) !== undefined)
  .nullable()
  .optional();
const values = z.strictObject({
  isEnabled: z.boolean().optional(),
  fromDate: date,
  toDate: date,
  subject: z.string().max(1_000).nullable().optional(),
  textBody: z.string().max(MAX_TEXT).nullable().optional(),
  htmlBody: z.string().max(MAX_TEXT).nullable().optional(),
});

/** RFC 8621 §8.2. What it says goes before the account's filter, which stays as it is. */
export const vacationResponseSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  const outcome = newOutcome();
  for (const creationId of Object.keys(given.create ?? {}))
    outcome.notCreated[creationId] = new SetError('singleton');
  for (const id of given.destroy ?? []) outcome.notDestroyed[id] = new SetError('singleton');
  const puts = new Map<string, Vacation>();
  for (const [id, patch] of Object.entries(given.update ?? {})) {
    try {
      if (id !== VACATION_ID) throw new SetError('notFound');
      puts.set(id, await changed(call, patch));
      outcome.updated[id] = null;
    } catch (error) {
      outcome.notUpdated[id] = asSetError(error);
    }
  }
  const states = await putObjects(call, 'VacationResponse', puts, given.ifInState);
  return setResponse(call.accountId, states, outcome);
};

async function changed(call: Call, patch: JsonObject): Promise<Vacation> {
  const result = values.safeParse(patch);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw invalidProperties(
      issue?.code === 'unrecognized_keys' ? issue.keys : [String(issue?.path[0] ?? 'isEnabled')],
    );
  }
  const { fromDate, toDate, ...rest } = result.data;
  const before = await vacationOf(call);
  const utc = (text: string | null | undefined, old: string | null): string | null =>
    text === undefined ? old : text === null ? null : utcDate(readDate(text)!.unixMs).slice(0, 19);
  return {
    ...before,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    fromDate: utc(fromDate, before.fromDate),
    toDate: utc(toDate, before.toDate),
  };
}

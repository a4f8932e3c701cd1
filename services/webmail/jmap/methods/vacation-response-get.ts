import { z } from 'zod';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import type { Method } from '../method.ts';
import { VACATION_ID, VACATION_PROPERTIES, vacationOf } from '../submission/vacation.ts';

const schema = z.strictObject(getArguments);

/** RFC 8621 §8.1. */
export const vacationResponseGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const ids = given == null ? [VACATION_ID] : boundIds(given);
  const { modSeq } = await call.webmail.emails.state(call.accountId);
  const { fromDate, toDate, ...vacation } = await vacationOf(call);
  const utc = (date: string | null): string | null => (date === null ? null : `${date}Z`);
  const object = { id: VACATION_ID, fromDate: utc(fromDate), toDate: utc(toDate), ...vacation };
  return {
    accountId: call.accountId,
    state: String(modSeq),
    list: ids.includes(VACATION_ID) ? pickProperties([object], properties, VACATION_PROPERTIES) : [],
    notFound: ids.filter((id) => id !== VACATION_ID),
  };
};

import { accountObjects } from '../../../../shared/mailbox/account-objects.ts';
import type { Vacation } from '../../../../shared/sieve/with-vacation.ts';
import type { Call } from '../method.ts';

/** There is one (RFC 8621 §8). */
export const VACATION_ID = 'singleton';

export const VACATION_PROPERTIES = [
  'id',
  'isEnabled',
  'fromDate',
  'toDate',
  'subject',
  'textBody',
  'htmlBody',
];

const OFF: Vacation = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
};

export async function vacationOf({ webmail, accountId }: Call): Promise<Vacation> {
  const kept = await accountObjects<Vacation>(webmail.ports.database, accountId, 'VacationResponse');
  return kept.get(VACATION_ID) ?? OFF;
}

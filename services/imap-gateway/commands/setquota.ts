import { REFUSALS, Refused } from '../refusals.ts';

/** RFC 9208 §4.1.3: for administrators, who have the admin API; QUOTASET is not advertised. */
export function setQuota(): never {
  throw new Refused(REFUSALS.setQuota);
}

import { type DirectoryRefusal, refusal } from './refusal.ts';

/** Limits of an account; null: unlimited. */
export interface Quota {
  readonly quotaBytes: number | null;
  readonly quotaMessages: number | null;
}

/** Refuses (bad-quota) what is not a whole number from 0 to 2^53-1. */
export function refuseQuota(quota: Quota): DirectoryRefusal | undefined {
  for (const limit of [quota.quotaBytes, quota.quotaMessages]) {
    if (limit !== null && !(Number.isSafeInteger(limit) && limit >= 0)) {
      return refusal('bad-quota', `a quota of ${limit} is not a whole number from 0`);
    }
  }
  return undefined;
}

import { type Cursor, ImapSyntaxError } from '../cursor.ts';

/** SETQUOTA (RFC 9208 §4.1.3). */
export interface SetQuotaCommand {
  readonly name: 'SETQUOTA';
  /** UTF-8, as written. */
  readonly root: string;
  /** Resource names in upper case; limits in their units. */
  readonly limits: readonly (readonly [string, number])[];
}

const MAX_RESOURCES = 100;

/** astring SP "(" [resource-name SP number64 *(SP …)] ")" */
export function readSetQuota(cursor: Cursor): SetQuotaCommand {
  const root = cursor.astringText();
  cursor.space();
  const limits = cursor.list((list): [string, number] => {
    const resource = list.keyword();
    list.space();
    return [resource, list.number64()];
  });
  if (limits.length > MAX_RESOURCES) throw new ImapSyntaxError('Too many resources');
  return { name: 'SETQUOTA', root, limits };
}

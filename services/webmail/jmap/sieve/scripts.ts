import { createHash } from 'node:crypto';
import type { AccountId } from '../../../../shared/mailbox/types.ts';
import type { Webmail } from '../../webmail.ts';

/** A filter of an account (RFC 9661 §2). */
export interface Script {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly blobId: string;
}

export const SCRIPT_PROPERTIES = ['id', 'name', 'blobId', 'isActive'];

interface Row {
  script_id: string;
  name: string;
  active: boolean;
  content: string;
}

/** By name. */
export async function scriptsOf({ ports }: Webmail, account: AccountId): Promise<Script[]> {
  const rows = await rowsOf({ ports }, account);
  return rows.map((row) => ({
    id: idOf(row),
    name: row.name,
    isActive: row.active,
    blobId: scriptBlobId(row),
  }));
}

function rowsOf({ ports }: Pick<Webmail, 'ports'>, account: AccountId): Promise<Row[]> {
  return ports.database.prepared<Row>(
    'sieve_scripts',
    'select script_id, name, active, content from sieve_script where account_id = $1 order by name collate "C"',
    [account],
  );
}

const idOf = ({ script_id: uuid }: Pick<Row, 'script_id'>): string => uuid.replaceAll('-', '');

/** Its text as a blob: another text is another blob. */
function scriptBlobId(row: Pick<Row, 'script_id' | 'content'>): string {
  const digest = createHash('sha256').update(row.content).digest('hex').slice(0, 16);
  return `sieve_${idOf(row)}_${digest}`;
}

export const isScriptBlobId = (blobId: string): boolean => /^sieve_[0-9a-f]{32}_[0-9a-f]{16}$/.test(blobId);

/** The texts of those of these blobs that are scripts of the account, as they are now. */
export async function scriptBlobs(
  webmail: Pick<Webmail, 'ports'>,
  account: AccountId,
): Promise<Map<string, Buffer>> {
  const rows = await rowsOf(webmail, account);
  return new Map(rows.map((row) => [scriptBlobId(row), Buffer.from(row.content)]));
}

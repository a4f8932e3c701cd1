import { MAX_ANNOTATION_BYTES, SPECIAL_USE_ENTRY } from '../../../shared/mailbox/annotation.ts';
import { ALL_READERS, annotated, SERVER } from '../annotated.ts';
import type { MailboxRow } from '../mailbox-rows.ts';
import { type Operation, refuse, type Turn } from '../turn.ts';

interface Row {
  entry: string;
  size: number;
  /** Missing when it is larger than was asked for. */
  value: Buffer | null;
}

export const getMetadata: Operation<'getMetadata'> = async (turn, request) => {
  const mailbox = await annotated(turn, request.name);
  if (mailbox === undefined) return refuse('not-found', 'no such mailbox');
  const maxSize = Math.min(request.maxSize ?? MAX_ANNOTATION_BYTES, MAX_ANNOTATION_BYTES);
  const found = await stored(
    turn,
    mailbox?.mailbox_id ?? SERVER,
    request.as ?? turn.account,
    request,
    maxSize,
  );
  const rows =
    mailbox === null || request.as !== undefined ? found : [...found, ...specialUse(mailbox, request)];
  const values = rows.flatMap(({ entry, value }) =>
    value === null ? [] : [{ entry, value: value.toString('base64') as string | null }],
  );
  // A name that was asked for is answered.
  const known = new Set(rows.map((row) => row.entry));
  for (const entry of request.entries)
    if (request.depth === 0 && !known.has(entry)) values.push({ entry, value: null });
  return { values, longest: Math.max(0, ...rows.filter((row) => row.value === null).map((row) => row.size)) };
};

function stored(
  turn: Turn,
  mailboxId: number,
  reader: string,
  { entries, depth }: { readonly entries: readonly string[]; readonly depth: number | 'infinity' },
  maxSize: number,
): Promise<Row[]> {
  const levels = depth === 'infinity' ? null : depth;
  return turn.database.prepared<Row>(
    'annotations',
    `select entry, octet_length(value) as size, case when octet_length(value) <= $6 then value end as value
     from annotation m
     where account_id = $1 and mailbox_id = $2 and reader_id in (${ALL_READERS}, $3)
       and (entry = any($4::text[]) or ($5::int is distinct from 0 and exists (
         select from unnest($4::text[]) above where starts_with(entry, above || '/')
           and ($5::int is null or position('/' in substr(entry, length(above) + 2)) = 0))))
     order by entry collate "C"`,
    [turn.account, mailboxId, reader, entries, levels, maxSize],
  );
}

function specialUse(
  mailbox: MailboxRow,
  { entries, depth }: { readonly entries: readonly string[]; readonly depth: number | 'infinity' },
): Row[] {
  const asked = entries.some((entry) => entry === SPECIAL_USE_ENTRY || (depth !== 0 && entry === '/private'));
  if (!asked || mailbox.special_use === null) return [];
  const value = Buffer.from(`\\${mailbox.special_use}`);
  return [{ entry: SPECIAL_USE_ENTRY, size: value.length, value }];
}

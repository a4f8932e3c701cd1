import { ALL_READERS } from '../annotated.ts';
import { type Operation, refuse } from '../turn.ts';

/** With names of up to 255 bytes one reply stays below the bus' payload limit. */
const MAX_TOLD = 2_500;

export const annotations: Operation<'annotations'> = async (turn, request) => {
  const rows = await turn.database.prepared<{ mailbox_id: number; entry: string; digest: string }>(
    'annotation_digests',
    `select mailbox_id, entry, left(md5(value), 16) as digest from annotation
     where account_id = $1 and reader_id in (${ALL_READERS}, $2)
     order by mailbox_id, entry limit ${MAX_TOLD + 1}`,
    [turn.account, request.as ?? turn.account],
  );
  if (rows.length > MAX_TOLD) return refuse('limit', 'there are too many annotations to follow');
  return {
    annotations: rows.map(({ mailbox_id, entry, digest }) => ({
      mailboxId: String(mailbox_id),
      entry,
      digest,
    })),
  };
};

import { formatRanges } from '../../shared/protocol/imap/sequence-set.ts';
import type { ImapSession } from './session.ts';

/** Of the 64 KiB that a record may take. A set of uids that takes more is left out: the MODSEQ stands for it. */
const MAX_UIDS_BYTES = 32_768;
const MAX_SAVED_BYTES = 16_384;
const MAX_NOTIFY_BYTES = 4_096;

/** Uids as a set, by the column they stand in: sessions that share one, and one that idles, have it written once. */
const formatted = new WeakMap<
  object,
  { readonly count: number; readonly last: number; readonly set: string | null }
>();

/** What the session is in the middle of, as plain data for its record. */
export function sessionState(session: ImapSession): Readonly<Record<string, unknown>> {
  const { selected, enabled } = session;
  const state: Record<string, unknown> = { enabled: [...enabled], ...notifyState(session) };
  if (selected === undefined) return state;
  const { view } = selected;
  const saved = formatRanges(view.saved);
  return {
    ...state,
    mailbox: {
      owner: session.owner,
      mailboxId: selected.mailboxId,
      uidValidity: selected.uidValidity,
      modSeq: selected.modSeq,
      highestModSeq: selected.highestModSeq,
      readOnly: selected.readOnly,
      messages: view.count,
      uids: uidsOf(view.uids, view.count),
      ...(saved !== '' && saved.length <= MAX_SAVED_BYTES ? { saved } : {}),
    },
  };
}

/** What NOTIFY has set, as far as it is short. */
function notifyState({ notifications }: ImapSession): { readonly notify?: unknown } {
  if (notifications === undefined) return {};
  const groups = notifications.groups.map(({ mailboxes, events }) => ({ ...mailboxes, events: [...events] }));
  return { notify: JSON.stringify(groups).length <= MAX_NOTIFY_BYTES ? groups : null };
}

function uidsOf(uids: Readonly<Uint32Array>, count: number): string | null {
  const known = formatted.get(uids);
  // Uids only rise: a column of as many that ends with the same has lost none and gained none.
  const last = uids[count - 1] ?? 0;
  if (known?.count === count && known.last === last) return known.set;
  let set: string | null = '';
  for (let at = 0; at < count && set !== null; ) {
    const first = uids[at]!;
    let end = first;
    while (++at < count && uids[at] === end + 1) end += 1;
    set += `${set === '' ? '' : ','}${first === end ? first : `${first}:${end}`}`;
    if (set.length > MAX_UIDS_BYTES) set = null;
  }
  formatted.set(uids, { count, last, set });
  return set;
}

import { READY_PAGE, type ReadyMessage } from '../../../shared/mailbox/message-rows.ts';
import { formatDateTime } from '../../../shared/protocol/imap/date-time.ts';
import type { FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';
import { FLUSH_BYTES } from '../limits.ts';
import { demandRead } from '../search/demand-read.ts';
import { selectedScope } from '../search/run-search.ts';
import type { SelectedMailbox } from '../selected-mailbox.ts';
import type { ImapSession } from '../session.ts';

const OF_VIEW: ReadonlySet<FetchItem['item']> = new Set(['FLAGS', 'MODSEQ', 'UID']);
const OF_ROWS: ReadonlySet<FetchItem['item']> = new Set([
  'BODYSTRUCTURE',
  'EMAILID',
  'ENVELOPE',
  'INTERNALDATE',
  'RFC822.SIZE',
  'SAVEDATE',
  'THREADID',
]);

/** True when the items are at hand, in the view or in rows that hold them as they are sent. */
export function areReady(items: readonly FetchItem[]): boolean {
  return items.every(({ item }) => OF_VIEW.has(item) || OF_ROWS.has(item));
}

/**
 * FETCH of such items, a page at a time without a step for each message. Returns the positions, ascending, that are left: those
 * that have to be read otherwise, or are gone.
 */
export async function fetchReady(
  session: ImapSession,
  positions: readonly number[],
  items: readonly FetchItem[],
): Promise<number[]> {
  const selected = session.selected!;
  const left: number[] = [];
  if (!items.some(({ item }) => OF_ROWS.has(item))) {
    await writeAll(session, positions, items, undefined, left);
    return left;
  }
  const scope = selectedScope(session);
  await demandRead(scope);
  const wanted = {
    envelope: items.some(({ item }) => item === 'ENVELOPE'),
    bodyStructure: items.some(({ item }) => item === 'BODYSTRUCTURE'),
    ids: items.some(({ item }) => item === 'EMAILID' || item === 'THREADID'),
  };
  const read = (at: number): Promise<Map<number, ReadyMessage>> | undefined => {
    if (at >= positions.length) return undefined;
    const uids = positions.slice(at, at + READY_PAGE).map((position) => selected.view.uids[position]!);
    const reading = session.gateway.rows.ready(scope.account, scope.mailboxId, uids, wanted);
    // Looked at later; until then nobody else hears of its failure.
    reading.catch(() => undefined);
    return reading;
  };
  let next = read(0);
  for (let at = 0; next !== undefined; at += READY_PAGE) {
    const page: ReadonlyMap<number, ReadyMessage> = await next;
    next = read(at + READY_PAGE);
    await writeAll(session, positions.slice(at, at + READY_PAGE), items, page, left);
  }
  return left;
}

async function writeAll(
  session: ImapSession,
  positions: readonly number[],
  items: readonly FetchItem[],
  page: ReadonlyMap<number, ReadyMessage> | undefined,
  left: number[],
): Promise<void> {
  const selected = session.selected!;
  const { out } = session.engine;
  const { view } = selected;
  for (const position of positions) {
    const message = page?.get(view.uids[position]!);
    const gone = page !== undefined && message === undefined;
    const line = gone ? undefined : lineOf(selected, position, items, message);
    if (line === undefined) left.push(position);
    else out.line(line);
    if (out.size >= FLUSH_BYTES) await session.drive.flush();
  }
}

/** Undefined: something is not at hand. */
function lineOf(
  selected: SelectedMailbox,
  position: number,
  items: readonly FetchItem[],
  message: ReadyMessage | undefined,
): string | undefined {
  let line = selected.fetchStart(position);
  let blank = '';
  for (const { item } of items) {
    line += blank;
    blank = ' ';
    switch (item) {
      case 'FLAGS':
        line += `FLAGS (${selected.flagsAt(position)})`;
        break;
      case 'UID':
        line += `UID ${selected.view.uids[position]}`;
        break;
      case 'MODSEQ':
        line += `MODSEQ (${selected.view.modSeqs[position]})`;
        break;
      case 'RFC822.SIZE':
        line += `RFC822.SIZE ${message!.size}`;
        break;
      case 'INTERNALDATE':
        line += `INTERNALDATE "${formatDateTime(message!.internalDate)}"`;
        break;
      case 'SAVEDATE':
        line += `SAVEDATE "${formatDateTime(message!.saveDate)}"`;
        break;
      case 'EMAILID':
        line += `EMAILID (${message!.emailId})`;
        break;
      case 'THREADID':
        if (message!.threadId === undefined) return undefined;
        line += `THREADID (${message!.threadId})`;
        break;
      case 'ENVELOPE':
        if (message!.envelope === undefined) return undefined;
        line += `ENVELOPE ${message!.envelope}`;
        break;
      case 'BODYSTRUCTURE':
        if (message!.bodyStructure === undefined) return undefined;
        line += `BODYSTRUCTURE ${message!.bodyStructure}`;
        break;
    }
  }
  return `${line})`;
}

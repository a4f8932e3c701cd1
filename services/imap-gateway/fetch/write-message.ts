import type { ByteRange } from '../../../shared/message/part.ts';
import { formatDateTime } from '../../../shared/protocol/imap/date-time.ts';
import type { FetchItem, SectionItem } from '../../../shared/protocol/imap/fetch-item.ts';
import { formatBodyStructure } from '../../../shared/protocol/imap/format-body-structure.ts';
import { formatEnvelope } from '../../../shared/protocol/imap/format-envelope.ts';
import type { ImapSession } from '../session.ts';
import type { LoadedMessage } from './message-batch.ts';
import { readSectionBytes } from './section-bytes.ts';

/** Writes one FETCH response (RFC 3501 §7.4.2). The message must be all there that its items need. */
export async function writeMessage(
  session: ImapSession,
  message: LoadedMessage,
  items: readonly FetchItem[],
): Promise<void> {
  const { out } = session.engine;
  const selected = session.selected!;
  const { storage } = session.gateway.ports;
  let text = `* ${message.position + 1} FETCH (`;
  let first = true;
  for (const item of items) {
    if (!first) text += ' ';
    first = false;
    if (item.item !== 'SECTION') {
      text += formatItem(item.item, message, selected);
      continue;
    }
    const bytes = await readSectionBytes(storage, message, item);
    if (bytes === null) text += `${item.label} NIL`;
    else if (Buffer.isBuffer(bytes)) {
      session.insideResponse = true;
      out.text(`${text}${item.label} {${bytes.length}}\r\n`);
      text = '';
      out.bytes(bytes);
      session.gateway.metrics.fetchedBytes.inc({}, bytes.length);
    } else {
      await stream(session, message, item, text, bytes);
      text = '';
    }
  }
  out.line(`${text})`);
  session.insideResponse = false;
}

type PlainItem = Exclude<FetchItem['item'], 'SECTION'>;

function formatItem(
  item: PlainItem,
  message: LoadedMessage,
  selected: NonNullable<ImapSession['selected']>,
): string {
  switch (item) {
    case 'FLAGS':
      return `FLAGS (${selected.flagsAt(message.position)})`;
    case 'UID':
      return `UID ${selected.view.uids[message.position]}`;
    case 'INTERNALDATE':
      return `INTERNALDATE "${formatDateTime(message.facts!.internalDate)}"`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${message.facts!.size}`;
    case 'ENVELOPE':
      return `ENVELOPE ${formatEnvelope(message.structure!.envelope)}`;
    case 'BODY':
      return `BODY ${formatBodyStructure(message.structure!.body, false)}`;
    case 'BODYSTRUCTURE':
      return `BODYSTRUCTURE ${formatBodyStructure(message.structure!.body, true)}`;
  }
}

/**
 * Bytes from storage to the socket, a piece at a time, as the client takes them. The first piece is read before the
 * literal is announced: a message that is gone is a refusal until then, and ends the connection afterwards.
 */
async function stream(
  session: ImapSession,
  message: LoadedMessage,
  item: SectionItem,
  before: string,
  range: ByteRange,
): Promise<void> {
  const { engine, gateway } = session;
  const size = range.end - range.start;
  const pieces = gateway.ports.storage
    .read(message.facts!.emailId, range.start, range.end)
    [Symbol.asyncIterator]();
  try {
    let piece = await pieces.next();
    engine.out.text(`${before}${item.label} {${size}}\r\n`);
    session.insideResponse = true;
    let sent = 0;
    for (; !piece.done; piece = await pieces.next()) {
      engine.out.bytes(piece.value);
      sent += piece.value.length;
      await session.flushWhenFull();
    }
    if (sent !== size)
      throw new Error(`message ${message.facts!.emailId}: ${sent} bytes in storage for ${size}`);
    gateway.metrics.fetchedBytes.inc({}, sent);
  } finally {
    await pieces.return?.();
  }
}

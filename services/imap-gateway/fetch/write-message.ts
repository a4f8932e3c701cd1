import { formatDateTime } from '../../../shared/protocol/imap/date-time.ts';
import type { BinaryItem, BinarySizeItem, FetchItem } from '../../../shared/protocol/imap/fetch-item.ts';
import { formatBodyStructure } from '../../../shared/protocol/imap/format-body-structure.ts';
import { formatEnvelope } from '../../../shared/protocol/imap/format-envelope.ts';
import { formatString } from '../../../shared/protocol/imap/format-string.ts';
import type { ImapSession } from '../session.ts';
import { decodedPart } from './decoded-part.ts';
import type { LoadedMessage } from './message-batch.ts';
import { preview } from './preview.ts';
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
  let text = selected.fetchStart(message.position);
  let first = true;
  for (const item of items) {
    if (!first) text += ' ';
    first = false;
    if (item.item === 'BINARY' || item.item === 'BINARY.SIZE') {
      text = await writeBinary(session, message, item, text);
      continue;
    }
    if (item.item === 'PREVIEW') {
      const shown = await preview(storage, message, item.lazy);
      text += `PREVIEW ${shown === null ? 'NIL' : formatString(Buffer.from(shown).toString('latin1'))}`;
      continue;
    }
    if (item.item !== 'SECTION') {
      text += formatItem(item.item, message, selected, session.engine.utf8);
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
      const { start, end } = bytes;
      const pieces = storage.read(message.facts!.emailId, start, end);
      await stream(session, message, `${text}${item.label} `, end - start, pieces);
      text = '';
    }
  }
  out.line(`${text})`);
  session.insideResponse = false;
}

/** Returns what is to be written before the next item. */
async function writeBinary(
  session: ImapSession,
  message: LoadedMessage,
  item: BinaryItem | BinarySizeItem,
  before: string,
): Promise<string> {
  const { storage } = session.gateway.ports;
  const partial = item.item === 'BINARY' ? item.partial : null;
  const part = await decodedPart(storage, message, item.path, partial);
  if (item.item === 'BINARY.SIZE') return `${before}${item.label} ${part?.size ?? 0}`;
  if (part === null) return `${before}${item.label} NIL`;
  await stream(session, message, `${before}${item.label} ~`, part.size, part.pieces());
  return '';
}

type PlainItem = Exclude<FetchItem, { readonly label: string } | { readonly lazy: boolean }>['item'];

function formatItem(
  item: PlainItem,
  message: LoadedMessage,
  selected: NonNullable<ImapSession['selected']>,
  utf8: boolean,
): string {
  switch (item) {
    case 'FLAGS':
      return `FLAGS (${selected.flagsAt(message.position)})`;
    case 'UID':
      return `UID ${selected.view.uids[message.position]}`;
    case 'MODSEQ':
      return `MODSEQ (${selected.view.modSeqs[message.position]})`;
    case 'INTERNALDATE':
      return `INTERNALDATE "${formatDateTime(message.facts!.internalDate)}"`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${message.facts!.size}`;
    case 'EMAILID':
      return `EMAILID (${message.facts!.emailId})`;
    case 'THREADID':
      return message.threadId === undefined ? 'THREADID NIL' : `THREADID (${message.threadId})`;
    case 'SAVEDATE':
      return `SAVEDATE "${formatDateTime(message.facts!.saveDate)}"`;
    case 'ENVELOPE':
      return `ENVELOPE ${formatEnvelope(message.structure!.envelope)}`;
    case 'BODY':
      return `BODY ${formatBodyStructure(message.structure!.body, false, utf8)}`;
    case 'BODYSTRUCTURE':
      return `BODYSTRUCTURE ${formatBodyStructure(message.structure!.body, true, utf8)}`;
  }
}

/**
 * Bytes from storage to the socket, a piece at a time, as the client takes them. The first piece is read before the
 * literal is announced: a message that is gone is a refusal until then, and ends the connection afterwards.
 */
async function stream(
  session: ImapSession,
  message: LoadedMessage,
  before: string,
  size: number,
  bytes: AsyncIterable<Buffer>,
): Promise<void> {
  const { engine, gateway } = session;
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    let piece = await pieces.next();
    engine.out.text(`${before}{${size}}\r\n`);
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

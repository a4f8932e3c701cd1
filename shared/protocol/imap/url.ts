import { Cursor, ImapSyntaxError } from './cursor.ts';
import { canonicalMailbox } from './mailbox-name.ts';
import { readSection, type Section } from './section.ts';

/** An IMAP URL that names a message or a part of one (RFC 5092 §5, §7). */
export interface ImapUrl {
  /** Null: relative, of the server that is asked. */
  readonly server: { readonly user: string | null; readonly host: string } | null;
  /** Null: the selected mailbox. */
  readonly mailbox: string | null;
  readonly uidValidity: number | null;
  readonly uid: number;
  readonly section: Section;
  /** Bytes of the section; null: all. */
  readonly partial: { readonly offset: number; readonly count: number } | null;
}

const SERVER = /^imap:\/\/(?:([^@/;]*)(?:;AUTH=[^@/]*)?@)?([^/@:]+)(?::\d{1,5})?(?=\/)/i;
const MESSAGE =
  /^([^;]*?)(?:;UIDVALIDITY=(\d{1,10}))?\/?;UID=(\d{1,10})(?:\/?;SECTION=([^;]*?))?(?:\/?;PARTIAL=(\d{1,15})(?:\.(\d{1,15}))?)?$/i;
const WHOLE: Section = { path: [], text: null, fields: [] };

/** Null when it names no message, or asks for what this server does not do (URLAUTH, search programs). */
export function parseImapUrl(text: string): ImapUrl | null {
  const server = SERVER.exec(text);
  const path = server === null ? text : text.slice(server[0].length);
  const relative = path.startsWith(';');
  const message = relative || path.startsWith('/') ? MESSAGE.exec(path) : null;
  if (message === null || (relative && server !== null)) return null;
  const [, mailbox = '', uidValidity, uid, section, offset, count] = message;
  const name = percentDecoded(mailbox.slice(1));
  const read = section === undefined ? WHOLE : sectionOf(section);
  const user = server?.[1] === undefined ? null : percentDecoded(server[1]);
  if (name === null || read === null || (server?.[1] !== undefined && user === null)) return null;
  if ((!relative && name === '') || Number(uid) === 0) return null;
  return {
    server: server === null ? null : { user, host: server[2]! },
    mailbox: relative ? null : canonicalMailbox(name),
    uidValidity: uidValidity === undefined ? null : Number(uidValidity),
    uid: Number(uid),
    section: read,
    partial: partialOf(offset, count),
  };
}

function partialOf(offset: string | undefined, count: string | undefined): ImapUrl['partial'] {
  if (offset === undefined) return null;
  return { offset: Number(offset), count: count === undefined ? Number.MAX_SAFE_INTEGER : Number(count) };
}

function sectionOf(text: string): Section | null {
  const decoded = percentDecoded(text);
  if (decoded === null) return null;
  const cursor = new Cursor(Buffer.from(`[${decoded}]`, 'latin1'));
  try {
    const section = readSection(cursor);
    return cursor.atEnd() ? section : null;
  } catch (error) {
    if (!(error instanceof ImapSyntaxError)) throw error;
    return null;
  }
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

import { passwordAllowed } from './password-allowed.ts';
import type { ImapSession } from './session.ts';

const BEFORE_LOGIN: readonly string[] = ['IMAP4rev1', 'IMAP4rev2', 'LITERAL+', 'SASL-IR', 'ID', 'IDLE'];
const AFTER_LOGIN: readonly string[] = [
  'IMAP4rev1',
  'IMAP4rev2',
  'LITERAL+',
  'ID',
  'IDLE',
  'ENABLE',
  'ESEARCH',
  'SEARCHRES',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
  'THREAD=REFS',
  'WITHIN',
  'SAVEDATE',
  'OBJECTID',
  'I18NLEVEL=1',
  'MULTISEARCH',
  'SEARCH=FUZZY',
  'CONTEXT=SEARCH',
  'CONTEXT=SORT',
  'PARTIAL',
  'CONDSTORE',
  'QRESYNC',
  'UIDONLY',
  'UIDBATCHES',
  'INPROGRESS',
  'NOTIFY',
  'UNAUTHENTICATE',
  'STATUS=SIZE',
  'NAMESPACE',
  'CHILDREN',
  'UNSELECT',
  'UIDPLUS',
  'MOVE',
  'MULTIAPPEND',
  'BINARY',
  'PREVIEW',
  'CATENATE',
  'URL-PARTIAL',
  'REPLACE',
  'UTF8=ACCEPT',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'ACL',
  'RIGHTS=texk',
  'LIST-MYRIGHTS',
  'METADATA',
  'LIST-METADATA',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'QUOTA=RES-MESSAGE',
];

/** What CAPABILITY tells in the session's present state (RFC 3501 §6.1.1). */
export function capabilities(session: ImapSession): string {
  const { config } = session.gateway;
  const { connection } = session.drive;
  if (session.account !== undefined) {
    const told = [...AFTER_LOGIN, `APPENDLIMIT=${config.maxMessageBytes}`];
    if (config.imapMessageLimit > 0) told.push(`MESSAGELIMIT=${config.imapMessageLimit}`);
    if (!connection.compressed) told.push('COMPRESS=DEFLATE');
    if (config.jmapUrl !== undefined) told.push('JMAPACCESS');
    return told.join(' ');
  }
  const told = [...BEFORE_LOGIN];
  if (connection.secure === null) told.push('STARTTLS');
  if (passwordAllowed(connection, config.plaintextAuth))
    told.push(...session.logIns.offer().names.map((name) => `AUTH=${name}`));
  else told.push('LOGINDISABLED');
  return told.join(' ');
}

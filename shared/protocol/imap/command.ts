import type { AclCommand } from './commands/acl.ts';
import type { FetchModifiers } from './commands/fetch.ts';
import type { ListCommand } from './commands/list.ts';
import type { MetadataCommand } from './commands/metadata.ts';
import type { NotifyCommand } from './commands/notify.ts';
import type { QresyncParameter } from './commands/select.ts';
import type { SetQuotaCommand } from './commands/setquota.ts';
import type { SortCriterion, ThreadAlgorithm } from './commands/sort.ts';
import type { FetchItem } from './fetch-item.ts';
import type { MailboxFilter } from './mailbox-filter.ts';
import type { ReturnOptions } from './return-options.ts';
import type { SearchKey } from './search-key.ts';
import type { SequenceSet } from './sequence-set.ts';

/** A whole command, its arguments read. Mailbox names are decoded; `INBOX` in any letter case is `INBOX`. */
export type Command =
  | { readonly name: PlainName }
  /** `range`: which batches, from 1 on; null: all. */
  | {
      readonly name: 'UIDBATCHES';
      readonly size: number;
      readonly range: { readonly first: number; readonly last: number } | null;
    }
  /** RFC 5161: capabilities in upper case. */
  | { readonly name: 'ENABLE'; readonly capabilities: readonly string[] }
  | { readonly name: 'ID'; readonly parameters: ReadonlyMap<string, string> }
  /** RFC 4978: in upper case. */
  | { readonly name: 'COMPRESS'; readonly mechanism: string }
  | { readonly name: 'LOGIN'; readonly user: string; readonly password: string }
  /** `initialResponse`: as it stood there, base64 or `=`. */
  | {
      readonly name: 'AUTHENTICATE';
      readonly mechanism: string;
      readonly initialResponse: string | undefined;
    }
  | { readonly name: MailboxCommandName; readonly mailbox: string }
  /** `condstore`: RFC 7162 §3.1.8. */
  | {
      readonly name: 'SELECT' | 'EXAMINE';
      readonly mailbox: string;
      readonly condstore?: true;
      readonly qresync?: QresyncParameter;
    }
  /** `specialUse`: RFC 6154 §3, without the backslash, as written. */
  | { readonly name: 'CREATE'; readonly mailbox: string; readonly specialUse: readonly string[] }
  | { readonly name: 'RENAME'; readonly from: string; readonly to: string }
  | ListCommand
  /** Both in modified UTF-7, as in LIST. */
  | { readonly name: 'LSUB'; readonly reference: string; readonly pattern: string }
  | { readonly name: 'STATUS'; readonly mailbox: string; readonly items: readonly StatusItem[] }
  /** `root`: UTF-8, as written. */
  | { readonly name: 'GETQUOTA'; readonly root: string }
  | SetQuotaCommand
  | AclCommand
  | MetadataCommand
  | NotifyCommand
  /** RFC 5267 §4.3.5 */
  | { readonly name: 'CANCELUPDATE'; readonly tags: readonly string[] }
  | { readonly name: 'EXPUNGE'; readonly uids: SequenceSet | null }
  | {
      readonly name: 'SEARCH';
      readonly uid: boolean;
      /** Null: no RETURN. */
      readonly return: ReturnOptions | null;
      readonly charset: string | null;
      readonly key: SearchKey;
    }
  /** RFC 7377: without RETURN too it is answered by ESEARCH responses. */
  | {
      readonly name: 'ESEARCH';
      readonly mailboxes: readonly MailboxFilter[];
      readonly return: ReturnOptions | null;
      readonly charset: string | null;
      readonly key: SearchKey;
    }
  | {
      readonly name: 'SORT';
      readonly uid: boolean;
      readonly return: ReturnOptions | null;
      readonly criteria: readonly SortCriterion[];
      readonly charset: string;
      readonly key: SearchKey;
    }
  | {
      readonly name: 'THREAD';
      readonly uid: boolean;
      readonly algorithm: ThreadAlgorithm;
      readonly charset: string;
      readonly key: SearchKey;
    }
  | {
      readonly name: 'FETCH';
      readonly uid: boolean;
      readonly set: SequenceSet;
      readonly items: readonly FetchItem[];
      readonly modifiers?: FetchModifiers;
    }
  | {
      readonly name: 'STORE';
      readonly uid: boolean;
      readonly set: SequenceSet;
      /** RFC 7162 §3.1.3 */
      readonly unchangedSince?: number;
      readonly mode: 'add' | 'remove' | 'replace';
      readonly silent: boolean;
      readonly flags: readonly string[];
    }
  | {
      readonly name: 'COPY' | 'MOVE';
      readonly uid: boolean;
      readonly set: SequenceSet;
      readonly mailbox: string;
    };

/** Commands whose one argument is a mailbox. */
export type MailboxCommandName =
  | 'DELETE'
  | 'SUBSCRIBE'
  | 'UNSUBSCRIBE'
  | 'GETQUOTAROOT'
  | 'GETACL'
  | 'MYRIGHTS';

/** Commands without arguments. */
export type PlainName =
  | 'CAPABILITY'
  | 'NOOP'
  | 'LOGOUT'
  | 'STARTTLS'
  | 'CHECK'
  | 'CLOSE'
  | 'UNSELECT'
  | 'UNAUTHENTICATE'
  | 'IDLE'
  | 'GETJMAPACCESS'
  | 'NAMESPACE';

export type StatusItem =
  | 'MESSAGES'
  | 'RECENT'
  | 'UIDNEXT'
  | 'UIDVALIDITY'
  | 'UNSEEN'
  | 'SIZE'
  | 'DELETED'
  | 'DELETED-STORAGE'
  | 'APPENDLIMIT'
  | 'MAILBOXID'
  | 'HIGHESTMODSEQ';

/** Commands with messages, which are read as they come. */
export type AppendName = 'APPEND' | 'REPLACE';

export type CommandName = Command['name'];
export type CommandNamed<Name extends CommandName> = Command & { readonly name: Name };

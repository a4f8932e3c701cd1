import type { ColumnType, Generated } from 'kysely';

/**
 * The tables. Keys lead with the account (or the destination), so that they can be distributed by it.
 * Both adapters hand every int8 over as a JavaScript number (all our counters stay below 2^53) and every bytea as a
 * Buffer; an `AccountId`, `MailboxId` is `String(row.account_id)`. Times named `_at` in bigint are Unix milliseconds.
 */
type Int8 = ColumnType<number, number | string | bigint, number | string | bigint>;
type Int8Default = ColumnType<number, number | string | bigint | undefined, number | string | bigint>;

export interface DomainTable {
  name: string;
  created_at: Generated<Date>;
}

export interface AccountTable {
  account_id: Int8Default;
  address: string;
  enabled: Generated<boolean>;
  scram_salt: Buffer;
  scram_iterations: number;
  scram_stored_key: Buffer;
  scram_server_key: Buffer;
  quota_bytes: Int8 | null;
  quota_messages: Int8 | null;
  bytes_used: Int8Default;
  messages_used: Int8Default;
  /** The account's one MODSEQ order. */
  mod_seq: Int8Default;
  /** The next mailbox_id. */
  mailbox_next: Int8Default;
  /** The last UIDVALIDITY given out: it only rises. */
  uid_validity_last: Int8Default;
  /** Journal rows up to this MODSEQ may be gone. */
  journal_from: Int8Default;
  created_at: Generated<Date>;
}

export interface AliasTable {
  address: string;
  target: string;
}

/** Aliases that are mailing lists. */
export interface AliasOwnerTable {
  address: string;
  owner: string;
}

export interface ServerKeyTable {
  name: string;
  key: Buffer;
  created_at: Generated<Date>;
}

/** Certificates by ACME, one a host name. */
export interface AcmeCertificateTable {
  name: string;
  /** PEM; null: none was issued yet. */
  chain: string | null;
  key: string | null;
  not_after: Int8Default;
  updated_at: Int8Default;
  /** When a new one is to be asked for. */
  attempt_at: Int8Default;
  /** A replica is at it until then. */
  claimed_until: Int8Default;
  failures: Generated<number>;
  /** Why the last attempt failed. */
  problem: string | null;
}

/** What a certificate authority will come and ask for. */
export interface AcmeChallengeTable {
  token: string;
  domain: string;
  response: string;
  expires_at: Int8;
}

export interface MailboxTable {
  account_id: Int8;
  mailbox_id: Int8;
  name: string;
  uid_validity: Int8;
  uid_next: Int8Default;
  mod_seq: Int8Default;
  recent_from: Int8Default;
  messages: Generated<number>;
  unseen: Generated<number>;
  deleted: Generated<number>;
  bytes: Int8Default;
  special_use: string | null;
  /** False: a placeholder that only has children or a subscription. */
  present: Generated<boolean>;
  subscribed: Generated<boolean>;
  /** As JMAP clients set it; null: by its use. */
  sort_order: Generated<number | null>;
}

/** Access control lists: what the owner of a mailbox lets others do. */
export interface MailboxAclTable {
  account_id: Int8;
  mailbox_id: Int8;
  /** See `shared/mailbox/acl-identifier.ts`. */
  identifier: string;
  rights: string;
}

/** Annotations of mailboxes (RFC 5464). */
export interface AnnotationTable {
  account_id: Int8;
  /** 0: of the server, as this account sees it. */
  mailbox_id: Int8;
  /** Whose private annotation it is; 0: a shared one. */
  reader_id: Int8;
  entry: string;
  value: Buffer;
}

export interface MailboxMessageTable {
  account_id: Int8;
  mailbox_id: Int8;
  uid: Int8;
  email_id: string;
  mod_seq: Int8;
  flags: number;
  keywords: string[] | null;
  size: Int8;
  internal_at: Int8;
  saved_at: Int8;
}

/** What changed, by account and MODSEQ: append-only, the truth behind every notification. */
export interface JournalTable {
  account_id: Int8;
  mod_seq: Int8;
  mailbox_id: Int8;
  /** 1 appended, 2 flags, 3 expunged. */
  kind: number;
  /** Sequence set over uids. */
  uids: string;
  at: Int8;
  /** Of expunged messages: 16 bytes each, in the order of `uids`; null: not known (written by an older release). */
  email_ids: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
}

/** What changed beside messages: mailboxes, and what JMAP alone has. */
export interface ObjectChangeTable {
  account_id: Int8;
  mod_seq: Int8;
  /** As JMAP calls it: 'Mailbox', 'Identity', … */
  type: string;
  object_id: string;
  /** 1 created, 2 updated, 3 destroyed. */
  kind: number;
  at: Int8;
}

/** What a list shows of a message without opening it. */
export interface MessageSummaryTable {
  email_id: string;
  preview: string;
  has_attachment: boolean;
}

export interface MessageTable {
  email_id: string;
  size: Int8;
  chunks: number;
  /** MessageStructure as JSON. */
  structure: Buffer;
  /** The bytes themselves when `chunks` is 0. */
  inline: Buffer;
  stored_at: Int8;
  /** Of `inline`, as `checksum` gives it; null: not kept. */
  crc32: number | null;
}

export interface MessageChunkTable {
  email_id: string;
  chunk_no: number;
  bytes: Buffer;
  crc32: number | null;
}

/** References that went away: after a grace period, bytes that nothing else names are collected. */
export interface MessageReleaseTable {
  email_id: string;
  released_at: Int8;
}

/** How far a sweep over everything has come. */
export interface HousekeepingTable {
  job: string;
  cursor: string;
}

export interface SpoolLocalTable {
  partition: number;
  account_id: Int8;
  email_id: string;
  size: Int8;
  reverse_path: string;
  forward_path: string;
  /** Not before: for mail that is held (RFC 4865) it lies ahead. */
  queued_at: Int8;
  traceparent: string | null;
  /** `DsnTerms` of `shared/spool/terms.ts`; null: nothing was asked for. */
  dsn: ColumnType<unknown, string | null | undefined, string | null>;
  /** What `queued_at` was before an operator held it. */
  held_from: Int8 | null;
}

export interface SpoolRemoteTable {
  destination: string;
  email_id: string;
  recipient_no: number;
  partition: number;
  forward_path: string;
  reverse_path: string;
  size: Int8;
  return_path_bytes: number;
  /** '7bit', '8bit' or 'binary'. */
  body: string;
  smtp_utf8: boolean;
  notify: number;
  original_recipient: string | null;
  envelope_id: string | null;
  return_content: string | null;
  attempts: Generated<number>;
  queued_at: Int8;
  next_attempt_at: Int8;
  delay_notified_at: Int8 | null;
  last_reply: string | null;
  traceparent: string | null;
  /** RFC 6710, -9 to 9. */
  priority: Generated<number>;
  /** RFC 8689. */
  require_tls: Generated<boolean>;
  /** RFC 2852: until when, and `return` or `notify`, with `-trace` behind. */
  deliver_by_at: Int8 | null;
  deliver_by: string | null;
  /** Nothing is sent; the sender is told: 'delivered', 'expanded' or 'over-quota'. */
  report: string | null;
  /** A domain of ours that answers for the message: it signs, or seals what is `forwarded`. */
  signer: string | null;
  forwarded: Generated<boolean>;
  /** Since when an operator holds it: `next_attempt_at` lies ahead of all time. */
  held_at: Int8 | null;
  /** How long it was held before: its lifetime is longer by that. */
  held_ms: Int8Default;
  /** An operator chose the destination: routes do not matter. */
  pinned: Generated<boolean>;
  /** The reverse-path without what is behind + or =. */
  sender: ColumnType<string, never, never>;
  uncertain: Generated<boolean>;
}

/** Where mail of a sender's or for a recipient's domain goes, and from which of our addresses. */
export interface RouteTable {
  name: string;
  sender_domain: string | null;
  recipient_domain: string | null;
  /** null: to the mail exchangers, as without a route. */
  host: string | null;
  port: number | null;
  /** 'opportunistic', 'required' or 'implicit'. */
  tls: string;
  username: string | null;
  secret_file: string | null;
  /** Our addresses that it goes out from; none: as the system has it. */
  sources: string[];
  created_at: Int8;
}

/** A destination that blocks an address of ours. */
export interface SourcePauseTable {
  address: string;
  destination: string;
  until: Int8;
  reason: string;
}

/** An address of ours that mail goes out from: how much of its pool's mail it gets, and until when it gets none. */
export interface SourceAddressTable {
  address: string;
  share: number;
  paused_until: Int8 | null;
  paused_reason: string | null;
}

/** Keys that mail of a domain is signed with (RFC 6376). */
export interface DkimKeyTable {
  domain: string;
  selector: string;
  /** 'rsa-sha256' or 'ed25519-sha256'. */
  algorithm: string;
  /** The `p=` of its DNS record. */
  public_key: string;
  /** PKCS #8, DER; null once it is retired. */
  private_key: Buffer | null;
  /** 'published', 'signing' or 'retired'. */
  state: string;
  created_at: Int8;
  signing_at: Int8 | null;
  retired_at: Int8 | null;
}

export interface SpoolAttemptTable {
  email_id: string;
  recipient_no: number;
  attempt_at: Int8;
  destination: string;
  forward_path: string;
  /** 'delivered', 'failed', 'retry' or 'cancelled'. */
  outcome: string;
  remote: string;
  status: string;
  reply: string;
  /** What the connection was: 'TLSv1.3 dane', 'clear'; '': there was none. */
  tls: Generated<string>;
}

export interface ReplicaTable {
  replica_id: string;
  kind: string;
  name: string;
  alive: Generated<boolean>;
  draining: Generated<boolean>;
  expires_at: Date;
}

export interface LeaseTable {
  kind: string;
  partition: number;
  owner: string | null;
  epoch: Int8Default;
}

/** Replies to requests that must not be done twice. */
export interface RequestReplyTable {
  account_id: Int8;
  request_id: string;
  reply: string;
  at: Int8;
}

/** Mail filters (RFC 5228); at most one of an account is active. */
export interface SieveScriptTable {
  account_id: Int8;
  name: string;
  content: string;
  active: Generated<boolean>;
  /** For JMAP: a name may change. */
  script_id: Generated<string>;
}

/** What a script has answered or met before, until it expires: SHA-256 of what it was. */
export interface SieveSeenTable {
  account_id: Int8;
  key: Buffer;
  expires_at: Int8;
}

/** What SEARCH looks at, folded: kept so that a search decodes nothing. */
export interface MessageTextTable {
  email_id: string;
  /** Lines `name: value`. */
  header: string;
  body: string;
  /** False: the message has more text than is here. */
  whole: boolean;
}

/** IMAP's ENVELOPE and BODYSTRUCTURE as they are sent, a character a byte; null: too long, or not the same for every client. */
export interface MessageItemsTable {
  email_id: string;
  envelope: string | null;
  body_structure: string | null;
}

/** What SORT and THREAD compare, folded, without line ends. */
export interface MessageSortTable {
  email_id: string;
  /** Of the Date field; null: none, or none that can be read. */
  sent_at: Int8 | null;
  /** Its day as written, whatever its zone: days since 1970-01-01. */
  sent_day: number | null;
  /** The base subject (RFC 5256 §2.1). */
  subject: string;
  is_reply: boolean;
  from_mailbox: string;
  to_mailbox: string;
  cc_mailbox: string;
  /** RFC 5957. */
  from_display: string;
  to_display: string;
  /** Hashes of its Message-ID (or `-`) and References, a space between them. */
  message_ids: string;
}

/** An account's messages, each once in whatever mailboxes it is; `ord` is its place in the search index. */
export interface AccountMessageTable {
  account_id: Int8;
  ord: number;
  email_id: string;
  thread_id: string;
  /** As in `message_text`. */
  whole: boolean;
}

export interface SearchAccountTable {
  account_id: Int8;
  next_ord: number;
  /** Whole segments: messages up to `segments` × 1,024 are in `search_slices`. */
  segments: number;
}

/** The queue of the search index: of each mailbox, the uids up to here are in it. */
export interface SearchCursorTable {
  account_id: Int8;
  mailbox_id: Int8;
  uid: Int8;
}

/** Bit slices of the texts of 1,024 messages (shared/search/slices.ts). */
export interface SearchSlicesTable {
  account_id: Int8;
  segment: number;
  row_no: number;
  bits: Buffer;
}

/** Which thread a message belongs to that has this Message-ID among its own and its references, and the same base subject. */
export interface ThreadReferenceTable {
  account_id: Int8;
  key: Int8;
  thread_id: string;
}

/** Passwords of an account's programs: each opens what its scopes name, until it expires. */
export interface AppPasswordTable {
  account_id: Int8;
  name: string;
  scopes: string[];
  salt: Buffer;
  iterations: number;
  stored_key: Buffer;
  server_key: Buffer;
  created_at: Int8;
  expires_at: Int8 | null;
}

/** Who tried to log in. */
export interface LogInTable {
  log_in_id: Int8Default;
  at: Int8;
  account_id: Int8 | null;
  name: string;
  protocol: string;
  /** 'password', 'scram', 'token' or 'certificate'. */
  method: string;
  remote: string;
  /** 'accepted', 'refused' or 'throttled'. */
  outcome: string;
  app_password: string | null;
}

export interface KnownNetworkTable {
  account_id: Int8;
  network: string;
  last_at: Int8;
}

/** Who is logged in to the web client. */
export interface WebSessionTable {
  /** SHA-256 of the cookie's token. */
  token_hash: Buffer;
  session_id: string;
  account_id: Int8;
  created_at: Int8;
  seen_at: Int8;
  expires_at: Int8;
  remote: string;
  client: string;
  /** SHA-256 of the account's stored key at log-in. */
  password_check: Buffer;
}

/** MTA-STS policies of others (RFC 8461). */
export interface MtaStsPolicyTable {
  domain: string;
  policy_id: string;
  mode: string;
  mx: string[];
  max_age: Int8;
  fetched_at: Int8;
  expires_at: Int8;
}

/** What a client has put into storage for later use, as a message that nothing names. */
export interface UploadTable {
  account_id: Int8;
  email_id: string;
  type: string;
  size: Int8;
  created_at: Int8;
}

/** How TLS with others began, by day and policy domain (RFC 8460). */
export interface TlsResultTable {
  day: number;
  policy_domain: string;
  key: string;
  policy_type: string;
  policy_string: string;
  policy_mx: string;
  result: string;
  sending_ip: string;
  receiving_mx: string;
  receiving_ip: string;
  detail: string;
  sessions: Int8;
}

export interface TlsReportTable {
  day: number;
  policy_domain: string;
  claimed_at: Int8;
  attempts: Generated<number>;
}

/** What JMAP keeps of an account beside mail, as JSON: identities, submissions. */
export interface AccountObjectTable {
  account_id: Int8;
  type: string;
  object_id: string;
  value: string;
}

/** What others told of mail from us, or of TLS with us. `content`: `ReportContent` of shared/reports/report.ts. */
export interface ReceivedReportTable {
  report_id: Int8Default;
  kind: string;
  domain: string;
  reporter: string;
  external_id: string;
  begins_at: Int8;
  ends_at: Int8;
  received_at: Int8;
  total: Int8;
  failed: Int8;
  content: ColumnType<unknown, string, string>;
}

export interface Schema {
  received_report: ReceivedReportTable;
  tls_result: TlsResultTable;
  tls_report: TlsReportTable;
  mta_sts_policy: MtaStsPolicyTable;
  domain: DomainTable;
  dkim_key: DkimKeyTable;
  account: AccountTable;
  app_password: AppPasswordTable;
  log_in: LogInTable;
  known_network: KnownNetworkTable;
  alias: AliasTable;
  alias_owner: AliasOwnerTable;
  server_key: ServerKeyTable;
  acme_certificate: AcmeCertificateTable;
  acme_challenge: AcmeChallengeTable;
  mailbox: MailboxTable;
  mailbox_acl: MailboxAclTable;
  annotation: AnnotationTable;
  mailbox_message: MailboxMessageTable;
  journal: JournalTable;
  message: MessageTable;
  message_chunk: MessageChunkTable;
  message_release: MessageReleaseTable;
  housekeeping: HousekeepingTable;
  spool_local: SpoolLocalTable;
  spool_remote: SpoolRemoteTable;
  route: RouteTable;
  source_address: SourceAddressTable;
  source_pause: SourcePauseTable;
  spool_attempt: SpoolAttemptTable;
  replica: ReplicaTable;
  lease: LeaseTable;
  request_reply: RequestReplyTable;
  sieve_script: SieveScriptTable;
  sieve_seen: SieveSeenTable;
  message_text: MessageTextTable;
  message_items: MessageItemsTable;
  message_sort: MessageSortTable;
  account_message: AccountMessageTable;
  search_account: SearchAccountTable;
  search_cursor: SearchCursorTable;
  search_slices: SearchSlicesTable;
  thread_reference: ThreadReferenceTable;
  web_session: WebSessionTable;
  object_change: ObjectChangeTable;
  message_summary: MessageSummaryTable;
  upload: UploadTable;
  account_object: AccountObjectTable;
}

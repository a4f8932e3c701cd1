/** What the client uses of RFC 8620 and 8621, in their words. */

export type Id = string;

export interface Session {
  readonly username: string;
  readonly apiUrl: string;
  readonly downloadUrl: string;
  readonly uploadUrl: string;
  readonly eventSourceUrl: string;
  readonly primaryAccounts: Readonly<Record<string, Id>>;
  readonly accounts: Readonly<Record<Id, { readonly name: string }>>;
  readonly capabilities: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly state: string;
}

export type Role =
  | 'inbox'
  | 'drafts'
  | 'sent'
  | 'archive'
  | 'junk'
  | 'trash'
  | 'all'
  | 'flagged'
  | 'important';

export interface Mailbox {
  readonly id: Id;
  readonly name: string;
  readonly parentId: Id | null;
  readonly role: Role | null;
  readonly sortOrder: number;
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
  readonly isSubscribed: boolean;
  readonly myRights: Readonly<Record<string, boolean>>;
}

export interface EmailAddress {
  readonly name: string | null;
  readonly email: string;
}

/** What a line of the list shows. */
export interface EmailSummary {
  readonly id: Id;
  readonly threadId: Id;
  readonly mailboxIds: Readonly<Record<Id, boolean>>;
  readonly keywords: Readonly<Record<string, boolean>>;
  readonly from: readonly EmailAddress[] | null;
  readonly to: readonly EmailAddress[] | null;
  readonly subject: string | null;
  readonly receivedAt: string;
  readonly preview: string;
  readonly hasAttachment: boolean;
  readonly size: number;
}

export interface BodyPart {
  readonly partId: string | null;
  readonly blobId: Id | null;
  readonly size: number;
  readonly name: string | null;
  readonly type: string;
  readonly charset: string | null;
  readonly disposition: string | null;
  readonly cid: string | null;
  readonly subParts?: readonly BodyPart[] | null;
  /** As it stands in the message: its parameters say what message/partial and message/external-body mean. */
  readonly 'header:Content-Type:asRaw'?: string | null;
}

export interface BodyValue {
  readonly value: string;
  readonly isEncodingProblem: boolean;
  readonly isTruncated: boolean;
}

/** What reading a message needs. */
export interface Email extends EmailSummary {
  readonly blobId: Id;
  readonly cc: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  readonly replyTo: readonly EmailAddress[] | null;
  readonly sender: readonly EmailAddress[] | null;
  readonly sentAt: string | null;
  readonly messageId: readonly string[] | null;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly bodyStructure: BodyPart;
  readonly bodyValues: Readonly<Record<string, BodyValue>>;
  readonly textBody: readonly BodyPart[];
  readonly htmlBody: readonly BodyPart[];
  readonly attachments: readonly BodyPart[];
}

export interface Thread {
  readonly id: Id;
  readonly emailIds: readonly Id[];
}

export interface Identity {
  readonly id: Id;
  readonly name: string;
  readonly email: string;
  readonly replyTo: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
  readonly mayDelete: boolean;
}

export interface EmailSubmission {
  readonly id: Id;
  readonly emailId: Id;
  readonly identityId: Id;
  readonly sendAt: string;
  readonly undoStatus: 'pending' | 'final' | 'canceled';
}

export interface VacationResponse {
  readonly id: 'singleton';
  readonly isEnabled: boolean;
  readonly fromDate: string | null;
  readonly toDate: string | null;
  readonly subject: string | null;
  readonly textBody: string | null;
  readonly htmlBody: string | null;
}

/** RFC 9661. */
export interface SieveScript {
  readonly id: Id;
  readonly name: string | null;
  readonly blobId: Id;
  readonly isActive: boolean;
}

/** RFC 9425. */
export interface Quota {
  readonly id: Id;
  readonly resourceType: string;
  readonly used: number;
  readonly hardLimit: number;
  readonly name: string;
}

export interface AppPassword {
  readonly id: Id;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

/** A live session of this account, of whatever protocol. */
export interface LogIn {
  readonly id: Id;
  readonly protocol: string;
  readonly remoteAddress: string | null;
  readonly userAgent: string | null;
  readonly startedAt: string;
  readonly lastSeenAt: string | null;
  readonly current: boolean;
}

export interface SetError {
  readonly type: string;
  readonly description?: string | null;
  readonly properties?: readonly string[];
  readonly maxRecipients?: number;
  readonly invalidRecipients?: readonly string[];
}

export interface SetResponse<Created = { readonly id: Id }> {
  readonly newState: string;
  readonly created?: Readonly<Record<string, Created>> | null;
  readonly updated?: Readonly<Record<Id, unknown>> | null;
  readonly destroyed?: readonly Id[] | null;
  readonly notCreated?: Readonly<Record<string, SetError>> | null;
  readonly notUpdated?: Readonly<Record<Id, SetError>> | null;
  readonly notDestroyed?: Readonly<Record<Id, SetError>> | null;
}

export interface GetResponse<T> {
  readonly list: readonly T[];
  readonly notFound: readonly Id[];
  readonly state: string;
}

export interface QueryResponse {
  readonly ids: readonly Id[];
  readonly queryState: string;
  readonly position: number;
  readonly total?: number;
}

/** RFC 8621 §4.4.1. */
export interface EmailFilterCondition {
  readonly inMailbox?: Id;
  readonly inMailboxOtherThan?: readonly Id[];
  readonly before?: string;
  readonly after?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly hasKeyword?: string;
  readonly notKeyword?: string;
  readonly hasAttachment?: boolean;
  readonly text?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly bcc?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly header?: readonly string[];
}

export type EmailFilter =
  | EmailFilterCondition
  | { readonly operator: 'AND' | 'OR' | 'NOT'; readonly conditions: readonly EmailFilter[] };

/** RFC 8621 §2.2, RFC 8620 §5.3: `id: patch`, where a path that is null is taken away. */
export type Patch = Readonly<Record<string, unknown>>;
